/* origin_attribution.c - "On Wed, Oct 27, 2021 at 9:31 AM John Doe <john@example.org> wrote:" in any language.
 *
 * What all have in common is a colon at the end and two of three: a date, an address in brackets, a word for writing.
 * The word is known for many languages; of an unknown one date and address are enough, and a date alone when what
 * follows is quoted. A line that ends with the address needs a date at its start and a quotation below it.
 */
#include "base/mail/origin.h"

#include <string.h>
#include "base/mail/when.h"

enum { ATTRIBUTION_LINES_MOST = 4, ATTRIBUTION_BYTES_MOST = 500 };

static const char *const wrote_words[] = { "wrote", "quoting ", "zitat von ", "citando ", " writes", "a écrit",
	"écrivait", "schrieb", "schreef", "geschreven", "geschrieben", "escribió", "escribio", "escrito", "escreveu",
	"scritto", "scrisse", "skrev", "kirjoitti", "napisał", "napisal", "pisze", "napsal", "napísal", "írta",
	"ezt írta", "написа", "пишет", "писал", "написав", "пише", "yazdı", "yazmış", "şunu yazdı", "έγραψε", "a scris",
	"je napisa", "je pisa", "je napísa", "napisa", "rašė", "parašė", "rakstīja", "kirjutas", "写道", "寫道", "写到",
	"のメール", "書きました", "書いた", "님이 작성", "작성:", "كتب", "כתב", "đã viết", "menulis", "เขียน",
	"escriure", "va escriure", "idatzi", "skrifaði", "shkroi", "نوشت", NULL };

/* How such a line begins, for looking further up when a name or an address stands on a line of its own. */
static const char *const openers[] = { "on ", "le ", "am ", "op ", "el ", "em ", "il ", "den ", "dnia ", "w dniu ",
	"dne ", "dňa ", "på ", "pe ", "în ", "la ", "в ", "на ", "у ", "at ", "il giorno ", "d. ", "date: ", "στις ",
	"vào ", "pada ", "a ", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mar", "mer", "jeu", "ven",
	"sam", "dim", "mo ", "di ", "do ", "fr ", "sa ", "so ", "пн", "вт", "ср", "чт", "пт", "сб", "вс", "пон", "вто",
	"сре", "чет", "пят", "суб", "вос", "\"", "'", "---", "*on ", "*", "在", "於", "于", "في ", "בתאריך ", "dana ",
	"kell ", "ons", "tor", "lør", "søn", "man ", "tir", "ti ", "ke ", "to ", "su ", "ma ", "mo.", "mo,", "di.",
	"di,", "do.", "do,", "fr.", "fr,", "sa.", "sa,", "so.", "so,", "lundi", "mardi", "mercredi", "jeudi",
	"vendredi", "samedi", "dimanche", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
	"segunda", "terça", "quarta", "quinta", "sexta", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì",
	"sabato", "domenica", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag",
	"maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag", "понедельник", "вторник",
	"среда", "четверг", "пятница", "суббота", "воскресенье", "неділя", "понеділок", "вівторок", "середа",
	"п'ятниця", "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela", "pondělí", "úterý",
	"středa", "čtvrtek", "pátek", "neděle", "pondelok", "utorok", "streda", "štvrtok", "piatok", "nedeľa", "måndag",
	"tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag", "mandag", "lørdag", "søndag", "maanantai",
	"tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai", "hétfő", "kedd", "szerda",
	"csütörtök", "péntek", "szombat", "vasárnap", "pazartesi", "salı", "çarşamba", "perşembe", "cuma", "cumartesi",
	"pazar", "δευτέρα", "τρίτη", "τετάρτη", "πέμπτη", "παρασκευή", "σάββατο", "κυριακή", "thứ", "senin", "selasa",
	"rabu", "kamis", "jumat", "sabtu", "minggu", "вт,", "ср,", NULL };

struct span {
	char said[ATTRIBUTION_BYTES_MOST], small[ATTRIBUTION_BYTES_MOST];
	struct text text, lower; /* the lines joined, in the above */
	int first;
	bool has_date, has_address, has_word;
};

/* <a@b>, (a@b), [mailto:a@b], <mailto:a@b>: an address that is marked as such. */
static bool has_marked_address(struct text t)
{
	for (size_t at = 0; at < t.len; at++) {
		size_t end = at + 1;
		bool seen = false;

		if (!strchr("<([", t.data[at]) || !t.data[at])
			continue;
		for (; end < t.len && end - at < 320 && !strchr(">)]<([", t.data[end]); end++)
			seen |= t.data[end] == '@';
		if (seen && end < t.len)
			return true;
	}
	/* HTML that was made text without its brackets being decoded. */
	return line_has(t, "&lt;") && line_has(t, "@") && line_has(t, "&gt;");
}

static bool ends_with_colon(struct text t)
{
	return line_ends(t, ":") || line_ends(t, "：");
}

static bool ends_as_sentence(struct text t)
{
	return line_ends(t, ".") || line_ends(t, "!") || line_ends(t, "?");
}

static bool begins_as_opener(struct text lower)
{
	if (lower.len && lower.data[0] >= '0' && lower.data[0] <= '9')
		return true;
	for (int i = 0; openers[i]; i++)
		if (line_begins(lower, openers[i]))
			return true;
	return false;
}

/* Lines first to last as one text; a blank line, or one too many bytes, ends it. */
static bool span_read(const struct lines *lines, int first, int last, bool is_quoted, struct span *span)
{
	size_t len = 0;

	for (int i = first; i <= last; i++) {
		const struct line *line = &lines->items[i];

		if (!line->said.len || len + line->said.len + 1 > ATTRIBUTION_BYTES_MOST ||
		        line->depth != lines->items[last].depth)
			return false;
		if (len && line->said.data[0] != '>')
			span->said[len++] = ' ';
		memcpy(span->said + len, line->said.data, line->said.len);
		len += line->said.len;
	}
	span->first = first;
	span->text = (struct text){ span->said, len };
	span->has_date = when_is_named(span->text);
	span->has_address = has_marked_address(span->text);
	span->has_word = false;
	if (span->has_date || span->has_address || is_quoted) {
		span->lower = line_lower_into(span->text, span->small);
		span->has_word = line_has_any(span->lower, wrote_words) >= 0;
	}
	return true;
}

/* What stands below is quoted: deeper than line `last`, or with bars. */
static bool is_quoted_below(const struct lines *lines, int last)
{
	int below = line_after_blanks(lines, last + 1);

	if (below == lines->count)
		return false;
	if (lines->items[below].note == LINE_QUOTED || lines->items[below].note == LINE_INDENTED)
		return lines->items[below].note != lines->items[last].note;
	return lines->items[below].depth > lines->items[last].depth || lines->items[below].said.data[0] == '|';
}

/* Cheap, and true for any line that could be the last of an attribution. */
static bool may_end_here(struct text said)
{
	return said.len && said.len <= ATTRIBUTION_BYTES_MOST &&
	       (ends_with_colon(said) || line_ends(said, ">") || line_ends(said, ":*") || line_ends(said, "--") ||
	               line_ends(said, ": "));
}

static bool is_attribution(const struct span *span, bool is_quoted)
{
	bool is_framed = line_begins(span->text, "--") && line_ends(span->text, "--");
	bool colon = ends_with_colon(span->text) || line_ends(span->text, ":*");

	if (is_framed)
		return span->has_word && span->has_date;
	if (!colon)
		return span->has_date && span->has_address && is_quoted && line_ends(span->text, ">") &&
		       begins_as_opener(span->lower);
	if (span->has_address)
		return span->has_date || span->has_word;
	if (!span->has_date)
		return span->has_word && is_quoted;
	return (span->has_word && (is_quoted || begins_as_opener(span->lower))) || is_quoted;
}

/* Lines further up, when they belong: they bring the date, and do not end a sentence. */
static int first_with_date(const struct lines *lines, int first, int last, int least)
{
	for (int above = first - 1; above >= least && last - above < ATTRIBUTION_LINES_MOST; above--) {
		struct span wider;

		if (!span_read(lines, above, last, true, &wider) || ends_as_sentence(lines->items[above].said))
			break;
		if (wider.has_date && begins_as_opener(wider.lower))
			return above;
	}
	return first;
}

/* The first line of the attribution that ends at line `at`, or -1. The shortest that names a person or says "wrote"
 * counts before one that has a date alone. */
static int attribution_start(const struct lines *lines, int at, int least)
{
	bool is_quoted = is_quoted_below(lines, at);
	int by_date = -1;

	for (int first = at; first >= least && at - first < ATTRIBUTION_LINES_MOST; first--) {
		struct span span;

		if (!span_read(lines, first, at, is_quoted, &span))
			break;
		if (!span.has_date && !span.has_address && !is_quoted)
			continue;
		++*lines->spent;
		/* Of several lines, the first must look like a start, or have nothing above it. */
		if (first < at && !begins_as_opener(span.lower) && first > least &&
		        !line_is_blank(&lines->items[first - 1]))
			continue;
		if (!is_attribution(&span, is_quoted))
			continue;
		if (span.has_address || span.has_word)
			return span.has_date ? first : first_with_date(lines, first, at, least);
		if (by_date < 0)
			by_date = first;
	}
	return by_date;
}

static struct text joined_lines(const struct lines *lines, int first, int last)
{
	struct buffer b;

	buffer_init(&b, lines->arena, 160);
	for (int i = first; i <= last; i++) {
		if (i > first && lines->items[i].said.data[0] != '>')
			buffer_string(&b, " ");
		buffer_text(&b, lines->items[i].said);
	}
	return buffer_view(&b);
}

bool origin_attribution(const struct lines *lines, int at, int least, struct origin *out)
{
	int first = -1;

	if (may_end_here(lines->items[at].said) && *lines->spent < ORIGIN_FAILURES_MOST)
		first = attribution_start(lines, at, least);
	if (first < 0)
		return false;
	*out = (struct origin){ .kind = ORIGIN_ATTRIBUTION,
		.first = first,
		.end = at + 1,
		.depth = lines->items[at].depth,
		.from = joined_lines(lines, first, at) };
	return true;
}
