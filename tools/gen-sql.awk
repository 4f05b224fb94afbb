# Makes enum sql_id (out=ids) or the table of statements (out=table) of the .sql files beside the code.
# A statement is headed "-- name: person_by_id" and ends at the next heading; "-- name: search [sqlite]" is for one
# engine only. Other comment lines are left out.
function flush_statement() {
    if (name == "") return
    sub(/[ \n;]+$/, "", text)
    gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); gsub(/\n/, "\\n\"\n    \"", text)
    if (engine == "" || engine == "sqlite") sqlite[name] = text
    if (engine == "" || engine == "postgres") postgres[name] = text
    if (!(name in seen)) { seen[name] = 1; order[++n] = name }
    name = ""
}
/^-- name: / {
    flush_statement()
    name = $3; engine = $4; gsub(/[][]/, "", engine); text = ""
    key = name "/" engine
    if (key in heads) { print FILENAME ": " name " stands twice" > "/dev/stderr"; bad = 1 }
    heads[key] = 1
    next
}
/^[ \t]*--/ { next }
name != "" && (text != "" || NF) { text = text (text == "" ? "" : "\n") $0 }
FNR == 1 { }
END {
    flush_statement()
    if (bad) exit 1
    if (out == "ids") {
        print "#pragma once\nenum sql_id {"
        for (i = 1; i <= n; i++) print "    SQL_" order[i] ","
        print "    SQL_COUNT\n};"
    } else {
        print "#include \"db/sql_table.h\"\nconst struct sql_statement sql_table[SQL_COUNT] = {"
        for (i = 1; i <= n; i++) {
            print "    [SQL_" order[i] "] = {\"" order[i] "\","
            print "    " (order[i] in sqlite ? "\"" sqlite[order[i]] "\"" : "0") ","
            print "    " (order[i] in postgres ? "\"" postgres[order[i]] "\"" : "0") "},"
        }
        print "};"
    }
}
