/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the data folder: the key file first, then the database. */
#include "care/house.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/str.h"
#include "care/account.h"
#include "care/statements.h"
#include "store/brand.h"
#include "store/event.h"

#define KEY_FILE_BYTES (SEAL_KEY_BYTES + SIGN_PUBLIC_BYTES + SIGN_SECRET_BYTES)

static void keys_split(struct house *house, const unsigned char bytes[KEY_FILE_BYTES])
{
    memcpy(house->seal_key, bytes, SEAL_KEY_BYTES);
    memcpy(house->sign_public, bytes + SEAL_KEY_BYTES, SIGN_PUBLIC_BYTES);
    memcpy(house->sign_secret, bytes + SEAL_KEY_BYTES + SIGN_PUBLIC_BYTES, SIGN_SECRET_BYTES);
}

static bool keys_read(struct house *house, const char *path, struct error *e)
{
    unsigned char bytes[KEY_FILE_BYTES + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(e, ERR_UNAVAILABLE, "The key file %s cannot be opened: %s", path, strerror(errno));
    ssize_t n = read(fd, bytes, sizeof bytes);
    close(fd);
    if (n != KEY_FILE_BYTES)
        return fail(e, ERR_UNAVAILABLE, "The key file %s is damaged: restore it from a backup.", path);
    keys_split(house, bytes);
    return true;
}

/* Written whole under another name and then linked: two programs that start at once agree on one key. */
static bool keys_make(const char *path, struct arena *a, struct error *e)
{
    unsigned char bytes[KEY_FILE_BYTES];
    random_bytes(bytes, SEAL_KEY_BYTES);
    sign_keypair(bytes + SEAL_KEY_BYTES, bytes + SEAL_KEY_BYTES + SIGN_PUBLIC_BYTES);
    const char *fresh = str_cstr(a, str_format(a, "%s.%ld", path, (long)getpid()));
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(e, ERR_UNAVAILABLE, "The key file %s cannot be made: %s", path, strerror(errno));
    bool written = write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes && fsync(fd) == 0;
    close(fd);
    bool linked = written && (link(fresh, path) == 0 || errno == EEXIST);
    int why = errno;
    unlink(fresh);
    return linked || fail(e, ERR_UNAVAILABLE, "The key file %s cannot be written: %s", path, strerror(why));
}

static bool folder_make(const char *path, bool create, struct error *e)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode) || fail(e, ERR_BAD_INPUT, "%s is not a folder.", path);
    if (!create)
        return fail(e, ERR_NOT_FOUND, "There is no data folder %s: start `ascolto serve` or add a brand first.",
                    path);
    if (mkdir(path, 0700) != 0)
        return fail(e, ERR_UNAVAILABLE, "The data folder %s cannot be made: %s", path, strerror(errno));
    return true;
}

/* A brand's events are read in the order of their ids. Who writes next, on whatever node and by whatever clock, makes
 * ids behind those that are there: a reader that has come this far misses nothing. */
static bool house_follow(struct tx *tx, void *ctx, struct error *e)
{
    const int64_t *brand = ctx;
    int64_t last = 0;
    if (!event_last_id(tx, *brand, &last, e))
        return false;
    id_follow(last);
    return true;
}

struct print {
    const struct house *house;
    bool known, fits;
};

static struct str print_of(struct arena *a, const struct house *house)
{
    unsigned char digest[SHA256_BYTES];
    sha256((struct str){(const char *)house->seal_key, SEAL_KEY_BYTES}, digest);
    return hex_encode(a, digest, 16);
}

static bool print_read(struct tx *tx, void *ctx, struct error *e)
{
    struct print *print = ctx;
    struct str known;
    if (!setting_get(tx, tx_arena(tx), "key_print", &known, e))
        return false;
    print->known = known.len > 0;
    print->fits = str_eq(known, print_of(tx_arena(tx), print->house));
    return true;
}

static bool print_put(struct tx *tx, void *ctx, struct error *e)
{
    struct print *print = ctx;
    return print_read(tx, ctx, e) &&
           (print->known || setting_put(tx, "key_print", print_of(tx_arena(tx), print->house), e));
}

/* The data remembers which keys it was begun with: with others none of its secrets could be opened, and its days
 * would be signed by somebody else. */
static bool keys_fit(struct house *house, const char *key, bool fresh, struct error *e)
{
    struct print print = {.house = house};
    bool ok =
        db_read(house->db, print_read, &print, e) && (print.known || db_write(house->db, 0, print_put, &print, e));
    if (ok && (print.fits || !print.known))
        return true;
    db_close(house->db);
    if (!ok)
        return false;
    if (fresh)
        unlink(key);
    return fail(e, ERR_CONFLICT, "The data was begun with other keys: put the file %s there from a backup%s", key,
                house->shared ? ", or copy it from another node" : "");
}

static bool house_fill(struct house *house, const char *data_dir, const char *url, bool create, struct arena *a,
                       struct error *e)
{
    const char *key = str_cstr(a, str_format(a, "%s/key", data_dir));
    if (!folder_make(data_dir, create, e))
        return false;
    const char *database = str_cstr(a, str_format(a, "%s/ascolto.db", data_dir));
    /* new keys beside old data could open none of its secrets; keys are made before data, so the order matters */
    if (access(key, F_OK) != 0 && access(database, F_OK) == 0 && access(key, F_OK) != 0)
        return fail(e, ERR_UNAVAILABLE, "The key file %s is missing: put it back from a backup.", key);
    bool fresh = access(key, F_OK) != 0;
    if ((fresh && !keys_make(key, a, e)) || !keys_read(house, key, e))
        return false;
    struct db_config config = {.path = url ? NULL : database, .url = url, .create = create, .at_begin = house_follow};
    house->folder = str_cstr(house->arena, str_from(data_dir));
    house->shared = url != NULL;
    house->db = db_open(&config, e);
    return house->db && keys_fit(house, key, fresh, e);
}

struct house *house_open(const char *data_dir, const char *database, bool create, struct error *e)
{
    CLEANUP(arena_cleanup) struct arena *a = arena_new();
    if (!crypto_init(e))
        return NULL;
    struct arena *own = arena_new();
    struct house *house = ARENA_NEW(own, struct house);
    house->arena = own;
    if (!house_fill(house, data_dir, database, create, a, e)) {
        arena_free(own);
        return NULL;
    }
    accounts_open(house);
    house->chains = chain_memory_new(own);
    return house;
}

void house_close(struct house *house)
{
    if (!house)
        return;
    accounts_close(house);
    db_close(house->db);
    arena_free(house->arena);
}
