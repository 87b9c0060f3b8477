/* fold.c - what of a mail is new, and what is quoted or signed below it.
 *
 * Nothing is lost: every line is either visible or folded. In doubt a line is visible, for what a customer wrote must
 * never be hidden, and a quotation too much is only a nuisance:
 *   text, then a quotation            the quotation is folded, however it is quoted
 *   a quotation, then text            folded when it says whom it quotes, else it belongs to the answer
 *   answers between quotations        stay, with what they answer; only "... wrote:" is folded
 *   a forwarded mail and no word      its headers are folded, its text is what there is to read
 *   nothing but a quotation           stays
 */
#include "base/mail/fold.h"

#include <string.h>
#include "base/mail/origin.h"

enum role {
	ROLE_BLANK,
	ROLE_TEXT,
	ROLE_HEAD,      /* says whom it quotes */
	ROLE_QUOTE,     /* quoted */
	ROLE_SIGNATURE, /* and what stands below every mail of its writer */
	ROLE_REST,      /* below the headers of another mail: all of it is that mail */
};

struct fold {
	const struct lines *lines;
	uint8_t *roles;
	const bool *code; /* lines that stand as code between fences */
};

static bool is_fence(struct text said)
{
	return line_begins(said, "```") || line_begins(said, "~~~ ");
}

/* Code between fences is what it is: the number of lines it goes on for from `at`. */
static int fenced(const struct lines *lines, int at)
{
	for (int i = at + 1; i < lines->count; i++)
		if (is_fence(lines->items[i].said))
			return i + 1 - at;
	return 0;
}

static const bool *find_code(const struct lines *lines)
{
	bool *code = ARENA_ARRAY(lines->arena, bool, lines->count + 1);

	for (int i = 0; i < lines->count; i++)
		if (is_fence(lines->items[i].said)) {
			int length = fenced(lines, i);

			if (!length)
				break;
			memset(code + i, true, (size_t)length);
			i += length - 1;
		}
	return code;
}

/* What a line is by itself. */
static void fold_begin(struct fold *fold, const struct lines *lines)
{
	fold->lines = lines;
	fold->code = find_code(lines);
	fold->roles = ARENA_ARRAY(lines->arena, uint8_t, lines->count + 1);
	for (int i = 0; i < lines->count; i++) {
		const struct line *line = &lines->items[i];

		if (line_is_blank(line))
			fold->roles[i] = line->depth ? ROLE_QUOTE : ROLE_BLANK;
		else if (line->depth || line->note == LINE_QUOTED)
			fold->roles[i] = ROLE_QUOTE;
		else
			fold->roles[i] = line->note == LINE_SIGNATURE ? ROLE_SIGNATURE : ROLE_TEXT;
	}
}

/* A sign that stands for a quotation only below a line that says so: tables have bars, and lists are indented. */
static bool is_barred(const struct line *line)
{
	return line->note == LINE_INDENTED || (line->said.len && line->said.data[0] == '|');
}

/* Line `at` is quoted, by whatever sign. */
static bool is_quoted(const struct fold *fold, int at)
{
	return at < fold->lines->count && (fold->roles[at] == ROLE_QUOTE || is_barred(&fold->lines->items[at]));
}

static void mark(struct fold *fold, int first, int end, enum role role)
{
	for (int i = first; i < end; i++)
		if (!line_is_blank(&fold->lines->items[i]))
			fold->roles[i] = role;
}

static bool has_role(const struct fold *fold, int first, int end, enum role role)
{
	for (int i = first; i < end; i++)
		if (fold->roles[i] == role)
			return true;
	return false;
}

static void mark_bars(struct fold *fold, int from)
{
	for (int i = from; i < fold->lines->count; i++) {
		if (line_is_blank(&fold->lines->items[i]))
			continue;
		if (!is_barred(&fold->lines->items[i]))
			break;
		fold->roles[i] = ROLE_QUOTE;
	}
}

/* True when all from origin on is another mail. */
static bool take_origin(struct fold *fold, const struct origin *origin)
{
	int below = line_after_blanks(fold->lines, origin->end);

	if (origin->depth > 0)
		return false;
	if (is_quoted(fold, below)) {
		mark(fold, origin->first, origin->end, ROLE_HEAD);
		mark_bars(fold, below);
		return false;
	}
	if (has_role(fold, 0, origin->first, ROLE_TEXT)) {
		mark(fold, origin->first, fold->lines->count, ROLE_REST);
		return true;
	}
	/* What a customer wrote like a letter's head is part of his letter. */
	if (origin->kind != ORIGIN_ATTRIBUTION && (origin->is_marked || line_has(origin->from, "@")))
		mark(fold, origin->first, origin->end, ROLE_HEAD);
	return false;
}

/* The HTML says where the other mail begins. */
static void find_cut(struct fold *fold)
{
	for (int i = 0; i < fold->lines->count; i++)
		if (fold->lines->items[i].note == LINE_CUT && has_role(fold, 0, i, ROLE_TEXT)) {
			mark(fold, i, fold->lines->count, ROLE_REST);
			return;
		}
}

static void find_origins(struct fold *fold)
{
	struct origin origin;

	for (int at = 0; origin_next(fold->lines, at, false, &origin); at = origin.end)
		if (!fold->code[origin.first] && take_origin(fold, &origin))
			break;
}

/* The first line below the last code among lines first to end. */
static int below_code(const struct fold *fold, int first, int end)
{
	for (int i = end - 1; i >= first; i--)
		if (fold->code[i])
			return i + 1;
	return first;
}

/* Every stretch of text between quotations may end with a signature. */
static void find_signatures(struct fold *fold)
{
	int count = fold->lines->count;

	for (int first = 0, end; first < count; first = end) {
		for (end = first; end < count && fold->roles[end] <= ROLE_TEXT; end++)
			;
		if (end > first)
			mark(fold, fold_signature(fold->lines, below_code(fold, first, end), end), end, ROLE_SIGNATURE);
		for (; end < count && fold->roles[end] > ROLE_TEXT; end++)
			;
	}
}

/* A line ">50 of us" at the end of a mail is no quotation: one that is not introduced has a blank or several lines. */
static bool is_quotation(const struct fold *fold, int first, int end)
{
	int quoted = 0;

	for (int i = first; i < end; i++) {
		if (fold->roles[i] == ROLE_HEAD || fold->lines->items[i].note == LINE_QUOTED)
			return true;
		quoted += fold->roles[i] == ROLE_QUOTE;
		if (fold->roles[i] == ROLE_QUOTE && (line_begins(fold->lines->items[i].whole, "> ") || quoted > 1))
			return true;
	}
	return quoted == 0;
}

static void hide(bool *folded, int first, int end)
{
	for (int i = first; i < end; i++)
		folded[i] = true;
}

/* The end of the quotation that begins at line `at`, blank lines in it included. */
static int quotation_end(const struct fold *fold, int at)
{
	int end = at;

	for (int i = at; i < fold->lines->count && fold->roles[i] != ROLE_TEXT && fold->roles[i] < ROLE_SIGNATURE; i++)
		if (fold->roles[i] != ROLE_BLANK)
			end = i + 1;
	return end;
}

/* A whole quotation above all that is new, which says whom it quotes: the answer stands below it. */
static void hide_answered(const struct fold *fold, int last_text, bool *folded)
{
	int first = line_after_blanks(fold->lines, 0), end;

	if (fold->roles[first] != ROLE_HEAD || first > last_text)
		return;
	end = quotation_end(fold, first);
	if (has_role(fold, first, end, ROLE_QUOTE) && !has_role(fold, end, last_text, ROLE_QUOTE))
		hide(folded, first, end);
}

static bool *decide(const struct fold *fold)
{
	int count = fold->lines->count, last_text = -1;
	bool *folded = ARENA_ARRAY(fold->lines->arena, bool, count + 1);

	for (int i = 0; i < count; i++)
		if (fold->roles[i] == ROLE_TEXT)
			last_text = i;
	if (last_text < 0)
		return folded;
	for (int i = 0; i < count; i++)
		folded[i] = fold->roles[i] >= ROLE_SIGNATURE || fold->roles[i] == ROLE_HEAD;
	if (is_quotation(fold, last_text + 1, count))
		hide(folded, last_text + 1, count);
	hide_answered(fold, last_text, folded);
	return folded;
}

/* Blank and drawn lines go with what is folded around them. */
static void hide_edges(const struct fold *fold, bool *folded)
{
	int first = 0, last = fold->lines->count - 1;

	for (; last >= 0; last--) {
		struct text said = fold->lines->items[last].said;

		if (!folded[last] && said.len && !line_is_drawn(said, 2) && !text_equal(said, TEXT("ᐧ")))
			break;
		folded[last] = true;
	}
	for (; first < last && (folded[first] || line_is_blank(&fold->lines->items[first])); first++)
		folded[first] = true;
}

static bool says_something(const struct fold *fold, const bool *folded)
{
	for (int i = 0; i < fold->lines->count; i++)
		if (!folded[i] && fold->lines->items[i].said.len)
			return true;
	return false;
}

const bool *fold_lines(const struct lines *lines)
{
	struct fold fold;
	bool *folded;

	fold_begin(&fold, lines);
	find_origins(&fold);
	find_cut(&fold);
	find_signatures(&fold);
	folded = decide(&fold);
	hide_edges(&fold, folded);
	if (!says_something(&fold, folded))
		memset(folded, false, (size_t)lines->count);
	return folded;
}

static struct text lines_where(const struct lines *lines, const bool *folded, bool which)
{
	struct buffer b;
	bool any = false;

	buffer_init(&b, lines->arena, 256);
	for (int i = 0; i < lines->count; i++) {
		if (folded[i] != which)
			continue;
		if (any)
			buffer_string(&b, "\n");
		buffer_text(&b, lines->items[i].whole);
		any = true;
	}
	return buffer_view(&b);
}

void mail_fold(struct mail *mail)
{
	struct lines lines = line_split(mail->arena, mail->text);
	const bool *folded = fold_lines(&lines);

	mail->visible_text = lines_where(&lines, folded, false);
	mail->folded_text = lines_where(&lines, folded, true);
	fold_cut(mail);
}
