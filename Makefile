# Ascolto. `make help` lists what can be made.
VARIANT ?= release
ifeq ($(origin CC),default)
  CC := gcc
endif
Q       := $(if $(V),,@)
say     = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))
CXX     ?= g++
B       := build/$(VARIANT)
G       := build/gen
LIBS    := libmicrohttpd libcurl sqlite3 libpq libsodium libcrypto libdeflate libutf8proc libxml-2.0 gmime-3.0 md4c libqrencode

WARN  := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
         -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wvla -Wundef -Wredundant-decls \
         -Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough -Wswitch-enum
GCCWARN := -Wformat-signedness -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wcast-align=strict -Walloca
HARD  := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fno-common -fPIE -fno-strict-aliasing
CSTD  := -std=gnu17 -D_GNU_SOURCE -Isrc -I$(G) -MMD -MP -g
LDHARD := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

ifeq ($(VARIANT),release)
  CFLAGS ?= -O2 -D_FORTIFY_SOURCE=3 -ftrivial-auto-var-init=zero $(GCCWARN)
else ifeq ($(VARIANT),asan)
  CFLAGS ?= -O1 $(SANITIZE) $(GCCWARN) -Wno-null-dereference
  LDFLAGS += $(SANITIZE)
else ifeq ($(VARIANT),tsan)
  CFLAGS ?= -O1 -fsanitize=thread -fno-omit-frame-pointer
  LDFLAGS += -fsanitize=thread
else ifeq ($(VARIANT),fuzz)
  CC := clang
  CXX := clang++
  # NULL + 0 is where an empty text ends (defined since C2Y); what is out of bounds AddressSanitizer sees
  CFLAGS ?= -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=pointer-overflow -fno-sanitize-recover=undefined -fno-omit-frame-pointer
  LDFLAGS += -fsanitize=address,undefined
else ifeq ($(VARIANT),coverage)
  CFLAGS ?= -O0 --coverage
  LDFLAGS += --coverage
endif
ifneq ($(WERROR),)
  WARN += -Werror
endif
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(LIBS)))
PKG_LIBS   := $(shell pkg-config --libs $(LIBS))
ALL_CFLAGS = $(CSTD) $(WARN) $(HARD) $(CFLAGS) $(PKG_CFLAGS)
CXXFLAGS   = -std=gnu++17 -Isrc -MMD -MP -g -Wall -Wextra -fno-exceptions -fno-rtti $(HARD) $(filter-out $(GCCWARN),$(CFLAGS))
ALL_LIBS   = $(LDHARD) $(LDFLAGS) $(PKG_LIBS) -lcld2 -lstdc++ -lpthread -lm

SQL      := $(sort $(wildcard src/*/*.sql))
CHANNELS := $(sort $(wildcard src/channels/*.c))
SIMS     := $(sort $(wildcard src/sim/*.c))
ROUTES   := $(sort $(wildcard src/web/desk/*.c src/web/site/*.c src/web/api/*.c))
EMBED    := $(sort $(shell find migrations templates assets locale demo models -type f \( ! -name '*.md' -o -path 'demo/help/*' -o -path 'demo/guides/*' \) 2>/dev/null)) \
            $(wildcard node_modules/idiomorph/dist/idiomorph.min.js)
GEN      := $(G)/sql_ids.h $(G)/sql_table.c $(G)/channel_registry.c $(G)/sim_networks.h $(G)/sim_registry.c \
            $(G)/route_registry.c $(G)/embed.S
SRC      := $(sort $(wildcard src/*/*.c src/*/*/*.c))
SRCCC    := $(sort $(wildcard src/*/*.cc))
OBJ      := $(SRC:%.c=$(B)/%.o) $(SRCCC:%.cc=$(B)/%.o) $(B)/sql_table.o $(B)/channel_registry.o \
            $(B)/sim_registry.o $(B)/route_registry.o $(B)/embed.o
UNIT     := $(sort $(wildcard tests/unit/*/*_test.c))
UNITOBJ  := $(UNIT:%.c=$(B)/%.o) $(B)/unit_main.o
BENCH    := $(patsubst tests/bench/%.c,$(B)/bench_%,$(filter-out %/workload.c,$(wildcard tests/bench/*.c)))
FUZZERS  := $(patsubst tests/fuzz/%.c,$(B)/fuzz_%,$(wildcard tests/fuzz/*.c))

.PRECIOUS: $(B)/tests/fuzz/%.o $(B)/tests/bench/%.o
.PHONY: all unit unit-bin http e2e contract site-audit real chat-chaos chaos soak fuzz check format tidy rules new-channel sql bench clean help
all: build/ascolto ## the release binary, build/ascolto

build/ascolto: $(B)/ascolto
	@mkdir -p $(@D) && cp $< $@
$(B)/ascolto: $(OBJ) $(B)/src/main.o
	$(call say,LINK,$@)
	$(Q)$(CC) -o $@ $^ $(ALL_LIBS)
$(B)/unit: $(OBJ) $(UNITOBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) -o $@ $^ $(ALL_LIBS) -lcmocka
$(B)/fuzz_%: $(OBJ) $(B)/tests/fuzz/%.o
	$(call say,LINK,$@)
	$(Q)$(CC) -fsanitize=fuzzer -o $@ $^ $(ALL_LIBS)
$(B)/bench_%: $(OBJ) $(B)/tests/bench/workload.o $(B)/tests/bench/%.o
	$(call say,LINK,$@)
	$(Q)$(CC) -o $@ $^ $(ALL_LIBS)

$(B)/%.o: %.c Makefile | $(GEN)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/%.o: %.cc Makefile | $(GEN)
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) $(CXXFLAGS) -c -o $@ $<
$(B)/%.o: $(G)/%.c Makefile | $(GEN)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/embed.o: $(G)/embed.S $(EMBED)
	@mkdir -p $(@D)
	$(Q)$(CC) -g -c -o $@ $<

# What the build makes: lists of file names (a stamp, so that a deleted file is noticed) and the tables made of them.
$(G)/sources: FORCE
	@mkdir -p $(@D); printf '%s\n' $(SRC) $(SRCCC) $(SQL) $(EMBED) $(UNIT) >$@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:
$(G)/sql_ids.h: tools/gen-sql.awk $(SQL) $(G)/sources
	$(Q)awk -v out=ids -f tools/gen-sql.awk $(SQL) >$@
$(G)/sql_table.c: tools/gen-sql.awk $(SQL) $(G)/sources
	$(Q)awk -v out=table -f tools/gen-sql.awk $(SQL) >$@
$(G)/channel_registry.c: tools/gen-channels $(G)/sources
	$(Q)tools/gen-channels $(CHANNELS) >$@
$(G)/sim_networks.h: tools/gen-sims $(G)/sources
	$(Q)tools/gen-sims ids $(SIMS) >$@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(G)/sim_registry.c: tools/gen-sims $(G)/sources
	$(Q)tools/gen-sims table $(SIMS) >$@
$(G)/route_registry.c: tools/gen-routes $(G)/sources
	$(Q)tools/gen-routes $(ROUTES) >$@
$(G)/embed.S: tools/gen-embed $(G)/sources
	$(Q)tools/gen-embed $(EMBED) >$@
$(G)/unit_main.c: tools/gen-unit $(G)/sources
	$(Q)tools/gen-unit $(UNIT) >$@

unit-bin: $(B)/unit
unit: ## unit tests, under the sanitizers (VARIANT=asan)
	$(MAKE) --no-print-directory VARIANT=asan unit-bin
	build/asan/unit
http: ## stories over HTTP against the real server and the simulated networks
	$(MAKE) --no-print-directory VARIANT=asan build/asan/ascolto
	node --test --test-reporter=spec tests/http/
e2e: ## journeys in Chromium
	$(MAKE) --no-print-directory VARIANT=asan build/asan/ascolto
	node --test --test-concurrency=2 --test-reporter=spec tests/e2e/
contract: ## our calls and the simulators' answers against the vendors' own API descriptions
	$(MAKE) --no-print-directory VARIANT=asan build/asan/ascolto
	node --test --test-reporter=spec tests/contract/
site-audit: build/ascolto ## the care site as a phone meets it: Lighthouse and weight, page by page (ROUNDS=3, ONLY=home,chat)
	@[ -d tests/audit/node_modules ] || script/bootstrap audit
	ASCOLTO_BIN=$(CURDIR)/build/ascolto node tests/audit/site.mjs
real: ## with real servers and clients (script/real installs them), on loopback
	$(MAKE) --no-print-directory VARIANT=asan build/asan/ascolto
	node --test --test-concurrency=1 --test-reporter=spec tests/real/*.test.mjs
chaos: build/ascolto ## MINUTES (5) in which everything dies, half on each engine (ENGINE=, SEED=; docs/chaos.md)
	tests/chaos/run $(or $(MINUTES),5) $(if $(ENGINE),--engine $(ENGINE)) $(if $(SEED),--seed $(SEED))
chat-chaos: ## 1,000 messages each way over lines that break, five kills (CHAT_EACH=, CHAT_KILLS=)
	$(MAKE) --no-print-directory VARIANT=asan build/asan/ascolto
	CHAT_EACH=$(or $(CHAT_EACH),1000) CHAT_KILLS=$(or $(CHAT_KILLS),5) node --test --test-reporter=spec tests/http/chat-chaos.test.mjs
soak: build/ascolto ## MINUTES (10) with 10,000 open pages: does anything grow? (ENGINE=sqlite or postgres)
	tests/soak/run $(or $(MINUTES),10) $(or $(ENGINE),sqlite)
fuzz-bins: $(FUZZERS)
fuzz: ## every fuzz target for SECONDS (20) each
	$(MAKE) --no-print-directory VARIANT=fuzz fuzz-bins
	tools/run-fuzz $(or $(SECONDS),20)
check: rules format tidy sql unit new-channel ## what must hold before each commit that matters
format: ## clang-format (FIX=1 rewrites)
	tools/check-format $(FIX)
tidy: $(GEN) ## clang-tidy
	tools/check-tidy
rules: ## who may include whom, file and function sizes, words that do not belong; templates and their texts
	tools/check-rules
	tools/check-templates
new-channel: ## what tools/new-channel makes builds and passes
	$(MAKE) --no-print-directory VARIANT=asan build/asan/unit
	tools/check-new-channel
sql: $(B)/ascolto ## every statement and migration, on every engine there is, and by the rules of Citus
	tools/check-sql $(B)/ascolto
	tools/check-citus $(B)/ascolto
bench: build/ascolto $(BENCH) ## speed, as ratios measured in one run (MESSAGES=100000 for the short one; docs/benchmarks.md)
	tests/bench/run
clean:
	rm -rf build
help: ## this list
	@awk -F':.*## ' '/^[a-z0-9_-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

-include $(shell find $(B) -name '*.d' 2>/dev/null)
