/* subject.c - see subject.h. */
#include "base/mail/subject.h"

#include <string.h>
#include "base/mail/line.h"

enum { PREFIX_BYTES_MOST = 40 };

static const char *const replies[] = { "re", "aw", "antw", "antwort", "sv", "ref", "réf", "rép", "rep", "res", "rif",
	"rv", "odp", "od", "vá", "ynt", "απ", "σχετ", "atb", "відп", "ha", "bls", "hj", "回复", "回覆", "答复", "返信",
	"답장", "رد", "השב", "на", "отв", "отговор", "y", "vast", "vs", "r", NULL };
static const char *const forwards[] = { "fw", "fwd", "fwd.", "tr", "transf", "wg", "wtr", "weitergeleitet", "vl",
	"välitetty", "vb", "vs", "vidarebefordrat", "i", "inoltro", "inoltra", "enc", "encaminhado", "rv", "reenv",
	"reenvío", "reenviado", "doorst", "doorgestuurd", "pd", "podaj dalej", "prz", "trs", "terusan", "i̇lt", "İlt",
	"ilt", "yml", "tovább", "továbbítás", "továbbítva", "fs", "framsent", "пересл", "пересылка", "пер", "пр",
	"προώθηση", "προωθ", "πρθ", "转发", "轉寄", "轉發", "転送", "전달", "إعادة توجيه", "הועבר", "chuyển tiếp",
	"red", "redirecționat", "pārs", "ed", "edasi", "edastatud", "persiųsta", "proslijeđeno", "posredovano",
	"přeposláno", "preposlané", "videresendt", "videres", "fyi", NULL };

static bool is_one_of(struct text word, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (text_equal(word, text_of(words[i])))
			return true;
	return false;
}

/* Takes "[list]" and one "Word:", "Word[2]:" or "Word(2):" off the subject. False: there is none. */
static bool prefix_next(struct arena *arena, struct text *subject, struct text *out_word)
{
	struct text t = line_trim(*subject);
	size_t end = 0, step = 0, word;

	if (t.len && t.data[0] == '[') {
		const char *shut = memchr(t.data, ']', t.len);

		if (shut)
			t = line_trim(line_rest(t, (size_t)(shut - t.data) + 1));
	}
	for (; end < t.len && end < PREFIX_BYTES_MOST && !step; end += !step)
		step = t.data[end] == ':' ? 1 : line_begins(line_rest(t, end), "：") ? 3 : 0;
	if (!step)
		return false;
	for (word = 0; word < end && !strchr("[(^", t.data[word]); word++)
		;
	*out_word = line_lowered(arena, line_trim((struct text){ t.data, word }));
	*subject = line_trim(line_rest(t, end + step));
	return true;
}

enum subject_prefix subject_prefix(struct arena *arena, struct text subject)
{
	struct text word;

	if (!prefix_next(arena, &subject, &word))
		return SUBJECT_PLAIN;
	if (is_one_of(word, forwards))
		return SUBJECT_FORWARD;
	return is_one_of(word, replies) ? SUBJECT_REPLY : SUBJECT_PLAIN;
}

struct text subject_bare(struct arena *arena, struct text subject)
{
	struct text word;

	for (struct text rest = subject; prefix_next(arena, &rest, &word); subject = rest)
		if (!is_one_of(word, forwards) && !is_one_of(word, replies))
			break;
	return line_trim(subject);
}
