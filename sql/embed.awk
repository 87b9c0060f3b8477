# embed.awk - named SQL blocks become an enum and a table.
#
#   awk -v header=OUT.h -v code=OUT.c -f embed.awk sql/columns/*.def sql/queries/*.sql
#
# A block starts with "-- name: ticket_load :many" and holds one statement; the
# word is what it returns: one (no row or one), many, exec (nothing to read).
# Comments are cut, the highest $n is the number of parameters. Refused, with
# file and line: text before a file's first block, a name used twice, a block
# without a statement or with two. Nothing is written unless all is well.
# {ticket read} stands for columns of sql/columns/ticket.def: of the table called t, as the worker reads them;
# {ticket all types}, {ticket all names} and {ticket all set} for "c type", "c" and "c = r.c" of each; for all, or
# those written always, or those written apart ($2 of a load: the ids whose long columns are read). {file seen same} is the
# condition that columns which another program writes are still as they were read.
# POSIX awk: mawk and gawk.

function refuse(line, why)
{
	printf "%s:%d: %s\n", file, line, why > "/dev/stderr"
	failed = 1
	exit 1
}

function quoted(s)
{
	gsub(/\\/, "&&", s)
	gsub(/"/, "\\\"", s)
	return "\"" s "\""
}

# The rows of a table of columns: COLUMN(member, TYPE, WRITTEN, TOLD) and its two relatives (sql/columns/begin.def).
function read_columns(   line, got, cell, of, n)
{
	of = file
	sub(/^.*\//, "", of)
	sub(/\.def$/, "", of)
	while ((got = (getline line < file)) > 0) {
		if (line !~ /^COLUMN(_WORD|_SINCE)?\(/)
			continue
		gsub(/^COLUMN|\).*$|[ \t]/, "", line)
		split(line, cell, /[(,]/)
		n = ++columns[of]
		column[of, n] = cell[2] (cell[1] == "_SINCE" ? "_at" : "")
		type[of, n] = cell[1] == "_WORD" ? "TEXT" : (cell[1] == "_SINCE" ? "TIME" : cell[3])
		written[of, n] = tolower(cell[1] == "_SINCE" ? cell[3] : cell[4])
		if (!(type[of, n] in sql_types))
			refuse(n, "no type of a column: " type[of, n])
	}
	if (got < 0)
		refuse(0, "can't be read")
	close(file)
}

# One column, as the words behind its table's name ask for it.
function column_as(of, n, how,   c)
{
	c = column[of, n]
	if (how == "names")
		return c
	if (how == "types")
		return c " " sql_types[type[of, n]]
	if (how == "set")
		return c " = r." c
	if (how == "same")
		return "t." c " is not distinct from r." c
	c = "t." c
	if (type[of, n] == "TIME")
		c = "(extract(epoch from " c ") * 1000000)::bigint"
	if (type[of, n] == "LIST")
		c = "to_json(" c ")"
	return written[of, n] == "apart" ? "case when t.id = any($2::uuid[]) then " c " end" : c
}

# {ticket always set}, without the braces, becomes the list it stands for.
function columns_for(words, at,   word, many, n, out, how)
{
	many = split(words, word, " ")
	how = word[many]
	if (!(word[1] in columns) || (many == 2) != (how == "read") || how !~ /^(read|names|types|set|same)$/)
		refuse(at, "no list of columns: {" words "}")
	for (n = 1; n <= columns[word[1]]; n++)
		if (how == "read" || word[2] == "all" || word[2] == written[word[1], n])
			out = out (out == "" ? "" : how == "same" ? " and " : ", ") column_as(word[1], n, how)
	if (out == "")
		refuse(at, "no column is so written: {" words "}")
	return out
}

function with_columns(line, at,   from, words)
{
	while (match(line, /\{[a-z_]+( [a-z]+)+\}/)) {
		from = RSTART
		words = substr(line, from + 1, RLENGTH - 2)
		line = substr(line, 1, from - 1) columns_for(words, at) substr(line, from + length(words) + 2)
	}
	return line
}

function finish()
{
	if (!name)
		return
	if (inside != "")
		refuse(head, "block " name " ends inside " (inside == "*" ? "a comment" : "quotes"))
	if (!lines)
		refuse(head, "block " name " is empty")
	count++
	names[count] = name
	sql[count] = body
	params[count] = highest
	places[count] = file ":" head
	name = ""
}

function start(line, at,   word)
{
	finish()
	if (split(line, word, /[ \t]+/) != 4 || word[4] !~ /^:(one|many|exec)$/)
		refuse(at, "expected \"-- name: the_name :one\" (or :many, :exec)")
	name = word[3]
	if (name !~ /^[a-z][a-z0-9_]*$/ || length(name) > 63)
		refuse(at, "a name is up to 63 of a-z, 0-9 and _: " name)
	if (name in seen)
		refuse(at, name " is already named at " seen[name])
	seen[name] = file ":" at
	head = at
	body = ""
	lines = highest = ended = 0
}

# The line without comments; keeps track of quotes, parameters and the end.
function strip(line, at,   out, i, n, c, two)
{
	out = ""
	n = length(line)
	for (i = 1; i <= n; i++) {
		c = substr(line, i, 1)
		two = substr(line, i, 2)
		if (inside == "*") {
			if (two == "*/") {
				inside = ""
				i++
			}
			continue
		}
		if (inside == "") {
			if (two == "--")
				break
			if (two == "/*") {
				inside = "*"
				i++
				continue
			}
			if (c == ";") {
				ended = 1
				continue
			}
			if (ended && c !~ /[ \t]/)
				refuse(at, "a block is one statement")
			if (c == "$" && match(substr(line, i + 1), /^[0-9]+/) && substr(line, i + 1, RLENGTH) + 0 > highest)
				highest = substr(line, i + 1, RLENGTH) + 0
			if (c == "'" || c == "\"")
				inside = c
		} else if (c == inside) {
			inside = ""
		}
		out = out c
	}
	if (inside == "" || inside == "*")
		sub(/[ \t\r]+$/, "", out)
	return out
}

function embed(   line, at, text, got)
{
	at = 0
	name = inside = ""
	ended = 0
	while ((got = (getline line < file)) > 0) {
		at++
		if (inside == "" && line ~ /^--[ \t]*name:/) {
			start(line, at)
			continue
		}
		text = strip(name ? with_columns(line, at) : line, at)
		if (text ~ /^[ \t]*$/ && inside != "'" && inside != "\"")
			continue
		if (!name)
			refuse(at, "text before the first \"-- name:\"")
		body = body (lines++ ? "\\n\"\n\t\t" : "") substr(quoted(text), 1, length(quoted(text)) - 1)
	}
	if (got < 0)
		refuse(0, "can't be read")
	finish()
	close(file)
}

function write_header(   i)
{
	print "/* Generated by sql/embed.awk. */" > header
	print "#ifndef SQL_QUERIES_H\n#define SQL_QUERIES_H\n\nenum query {" > header
	for (i = 1; i <= count; i++)
		print "\tQUERY_" names[i] (i == 1 ? " = 0," : ",") > header
	if (!count)
		print "\tQUERY_NONE = 0," > header
	print "\tQUERY_COUNT = " count "\n};\n" > header
	print "struct query_text {\n\tconst char *name;\n\tconst char *sql;\n\tint params;\n};\n" > header
	print "/* One per query, and an empty one behind the last. */" > header
	print "extern const struct query_text query_texts[QUERY_COUNT + 1];\n\n#endif" > header
	close(header)
}

function write_code(   i)
{
	print "/* Generated by sql/embed.awk. */\n#include <stddef.h>\n#include \"sql_queries.h\"\n" > code
	print "const struct query_text query_texts[QUERY_COUNT + 1] = {" > code
	for (i = 1; i <= count; i++)
		print "\t/* " places[i] " */\n\t{ \"" names[i] "\",\n\t\t" sql[i] "\",\n\t\t" params[i] " }," > code
	print "\t{ NULL, NULL, 0 },\n};" > code
	close(code)
}

BEGIN {
	count = failed = 0
	sql_types["TEXT"] = sql_types["LINE"] = "text"
	sql_types["JSON"] = "jsonb"
	sql_types["UUID"] = "uuid"
	sql_types["NUMBER"] = "bigint"
	sql_types["FLAG"] = "boolean"
	sql_types["BYTES"] = "bytea"
	sql_types["TIME"] = "timestamptz"
	sql_types["LIST"] = "text[]"
	sql_types["IDS"] = "uuid[]"
	for (a = 1; a < ARGC; a++) {
		file = ARGV[a]
		if (file ~ /\.def$/)
			read_columns()
		else
			embed()
	}
	write_header()
	write_code()
	exit 0
}

END {
	exit failed
}
