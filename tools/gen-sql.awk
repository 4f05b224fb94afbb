# Makes enum sql_id (out=ids) or the table of statements (out=table) of the .sql files beside the code; or prints what
# PostgreSQL is asked, for tools/check-citus (out=postgres).
# A statement is headed "-- name: person_by_id" and ends at the next heading; "-- name: search [sqlite]" is for one
# engine only. "-- columns: person id, name" names a list that statements write as {person}, or with an alias as
# {p.person}. Other comment lines are left out.
function expand(s,    before, inside, after, alias, key, list, i, n, parts) {
    while (match(s, /\{[a-z_.]+\}/)) {
        before = substr(s, 1, RSTART - 1)
        inside = substr(s, RSTART + 1, RLENGTH - 2)
        after = substr(s, RSTART + RLENGTH)
        alias = ""; key = inside
        if (i = index(inside, ".")) { alias = substr(inside, 1, i); key = substr(inside, i + 1) }
        if (!(key in columns)) { print FILENAME ": no columns named " key > "/dev/stderr"; bad = 1; return before after }
        n = split(columns[key], parts, / *, */)
        list = ""
        for (i = 1; i <= n; i++) list = list (i > 1 ? ", " : "") alias parts[i]
        s = before list after
    }
    return s
}
function flush_statement() {
    if (name == "") return
    sub(/[ \n;]+$/, "", text)
    text = expand(text)
    if (out == "postgres") {
        if (engine != "sqlite") print "-- name: " name " (" file ")\n" text
        name = ""
        return
    }
    gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); gsub(/\n/, "\\n\"\n     \"", text)
    if (engine == "" || engine == "sqlite") sqlite[name] = text
    if (engine == "" || engine == "postgres") postgres[name] = text
    if (!(name in seen)) { seen[name] = 1; order[++n_statements] = name }
    name = ""
}
/^-- columns: / {
    flush_statement()
    key = $3; list = $0; sub(/^-- columns: [a-z_]+ +/, "", list); columns[key] = list
    next
}
/^-- name: / {
    flush_statement()
    name = $3; engine = $4; file = FILENAME; gsub(/[][]/, "", engine); text = ""
    key = name "/" engine
    if (key in heads) { print FILENAME ": " name " stands twice" > "/dev/stderr"; bad = 1 }
    heads[key] = 1
    next
}
/^[ \t]*--/ { next }
name != "" && (text != "" || NF) { text = text (text == "" ? "" : "\n") $0 }
END {
    flush_statement()
    if (bad) exit 1
    if (out == "postgres") exit 0
    if (out == "ids") {
        print "#pragma once\nenum sql_id {"
        for (i = 1; i <= n_statements; i++) print "    SQL_" order[i] ","
        print "    SQL_COUNT\n};"
    } else {
        print "#include \"db/sql_table.h\"\nconst struct sql_statement sql_table[SQL_COUNT] = {"
        for (i = 1; i <= n_statements; i++) {
            k = order[i]
            print "    [SQL_" k "] = {\"" k "\","
            print "     " (k in sqlite ? "\"" sqlite[k] "\"" : "0") ","
            print "     " (k in postgres ? "\"" postgres[k] "\"" : "0") "},"
        }
        print "};"
    }
}
