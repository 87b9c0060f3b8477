/* fold_signature.c - where the signature of a mail begins.
 *
 * A line "-- " (RFC 3676 section 4.3) or one drawn in another way with few short lines below it; the line that a
 * telephone adds ("Sent from my iPhone", in many languages); the paragraph of the lawyers. A name below "Kind regards"
 * is not folded: it is short, and sometimes all the customer tells of himself.
 */
#include "base/mail/fold.h"

#include <string.h>

enum {
	SIGNATURE_LINES_MOST = 40,  /* below "-- " */
	DASHED_LINES_MOST = 12,     /* below "--" without its blank */
	DRAWN_LINES_MOST = 10,      /* below any other line, when they look like a signature */
	DRAWN_PLAIN_LINES_MOST = 2, /* and when they don't */
	DRAWN_LONG = 10,            /* signs */
	SHORT_LINE_BYTES = 100,
	DEVICE_BYTES_MOST = 200,
	DEVICE_WORDS_MOST = 18,
};

static const char *const sent_words[] = { "sent from", "sent via", "sent with", "sent by", "sent using", "sent on",
	"sent through", "from my", "from mobile", "typed on", "written on", "envoyé", "envoye ", "expédié", "gesendet",
	"versendet", "geschickt", "geschrieben", "verzonden", "verstuurd", "enviado", "enviada", "enviat", "inviato",
	"inviata", "spedito", "skickat", "skickad", "sendt", "lähetetty", "wysłan", "odesl", "odoslan", "poslan",
	"отправлен", "послан", "надіслан", "відправлен", "изпратен", "gönderildi", "εστάλη", "στάλθηκε", "αποστολή από",
	"saadetud", "nosūtīt", "išsiųst", "发自", "寄自", "傳送", "傳自", "發送", "发送", "送信", "から送", "보냄",
	"보낸", "발송", "أرسل", "مرسل", "נשלח", "gửi từ", "được gửi", "dikirim", "ส่งจาก", "küldve", "küldtem", "trimis",
	"expediat", "enviat", "bidali", "sent ", NULL };

static const char *const device_words[] = { "iphone", "ipad", "ipod", "apple watch", "android", "samsung", "galaxy",
	"blackberry", "huawei", "honor", "xiaomi", "redmi", "oppo", "nokia", "htc", "sony", "xperia", "motorola",
	"moto g", "oneplus", "pixel", "alcatel", "windows", "yahoo", "outlook", "mobil", "smartphone", "handy", "phone",
	"telefon", "téléphone", "teléfono", "telefoon", "телефон", "смартфон", "τηλέφωνο", "tablet", "mailbox",
	"airmail", "k-9", "k9", "proton", "gmail", "mail.ru", "spark", "sparrow", "thunderbird", "fairemail",
	"aquamail", "aqua mail", "bluemail", "blue mail", "typemail", "mail app", "mailspring", "superhuman",
	"fastmail", "zoho", "gmx", "web.de", "mail for", "mail-app", "cell", "ti-85", "laptop", "my pc", "my mac",
	"gsm", "móvil", "movil", "celular", "cellulare", "telemóvel", "mobitel", "puhelim", "手机", "手機", "携帯",
	"スマート", "휴대", "스마트", "הנייד", "هاتف", "điện thoại", "ponsel", "boxer", "ipad", "device", "appareil",
	"dispositiv", "tutanota", "tuta", "rediff", "myMail", "orange", "newton", "postbox", NULL };

static const char *const this_words[] = { "this message was", "this email was", "this e-mail was",
	"diese nachricht wurde", "diese e-mail wurde", "diese mail wurde", "ce message a été", "cet e-mail a été",
	"este mensaje", "este correo", "esta mensagem", "questo messaggio", "dit bericht is", "deze e-mail is",
	"detta meddelande", "denne e-", "ta wiadomość", "это сообщение", "bu e-posta", NULL };

static const char *const my_words[] = { "sent from my ", "envoyé de mon ", "envoyé depuis mon ",
	"envoyé à partir de mon ", "enviado desde mi ", "enviado do meu ", "enviado de mi ", "inviato dal mio ",
	"verzonden vanaf mijn ", "verzonden met mijn ", "skickat från min ", "sendt fra min ", "wysłane z mojego ",
	"wysłano z mojego ", "отправлено с моего ", "发自我的", "從我的", "从我的", "trimis de pe ", "poslano z ",
	"odesláno z ", "odoslané z ", NULL };

static const char *const get_words[] = { "get outlook for", "get [outlook", "get outlook ", "télécharger outlook pour",
	"télécharge outlook", "obtenir outlook", "obtenez outlook", "outlook für", "outlook fur", "obtener outlook",
	"descargar outlook", "obter o outlook", "obtenha o outlook", "baixar outlook", "ottieni outlook",
	"scarica outlook", "outlook voor", "hämta outlook", "skaffa outlook", "hent outlook", "last ned outlook",
	"få outlook", "hanki outlook", "pobierz program outlook", "pobierz outlook", "получите outlook",
	"скачать outlook", "stáhnout outlook", "outlook'u ed", "outlook for ios", "outlook for android", "获取 outlook",
	"下載 outlook", "outlook for iosを", "yahoo mail for iphone", "yahoo mail: search", "yahoo mail app", "aol app",
	NULL };

static int words_of(struct text t)
{
	int words = t.len > 0;

	for (size_t i = 0; i < t.len; i++)
		words += t.data[i] == ' ';
	return words;
}

static struct text unframed(struct text t)
{
	while (t.len && strchr("<([*_/-+~\"", t.data[0]))
		t = line_rest(t, 1);
	while (t.len && strchr(">)]*_/-+~.!\"", t.data[t.len - 1]))
		t.len--;
	return line_trim(t);
}

/* At the start, after "this message was", at the end, or in a line that says no more. */
static bool is_sent_line(struct text t)
{
	int word = line_has_any(t, sent_words);
	long at;

	if (word < 0)
		return false;
	at = line_find(t, text_of(sent_words[word]));
	return at == 0 || line_has_any(t, this_words) == 0 || words_of(t) <= 5 ||
	       (size_t)at + strlen(sent_words[word]) + 6 >= t.len;
}

static bool begins_with_any(struct text t, const char *const *starts)
{
	for (int i = 0; starts[i]; i++)
		if (line_begins(t, starts[i]))
			return true;
	return false;
}

/* "Sent with Sparrow (http://...)": few words, the last with a capital; the link behind it does not count. */
static bool names_program(struct text said)
{
	size_t end = 0;
	struct text head, last;

	while (end < said.len && !strchr("<([", said.data[end]))
		end++;
	head = line_trim((struct text){ said.data, end });
	last = head;
	for (size_t i = 0; i < head.len; i++)
		if (head.data[i] == ' ')
			last = line_rest(head, i + 1);
	return words_of(head) <= 4 && last.len && last.data[0] >= 'A' && last.data[0] <= 'Z';
}

static bool is_device_line(const struct lines *lines, int at)
{
	struct text t = lines->items[at].said;

	if (!t.len || t.len > DEVICE_BYTES_MOST || words_of(t) > DEVICE_WORDS_MOST)
		return false;
	t = unframed(line_lower(lines, at));
	if (begins_with_any(t, my_words) || begins_with_any(t, get_words))
		return words_of(t) <= 12;
	if (line_has_any(t, this_words) >= 0 && line_has_any(t, sent_words) >= 0)
		return line_has_any(t, device_words) >= 0;
	return is_sent_line(t) && (line_has_any(t, device_words) >= 0 || names_program(lines->items[at].said));
}

/* Links, telephone numbers and addresses are what signatures are made of. */
static bool seems_signature(const struct lines *lines, int at)
{
	static const char *const signs[] = { "@", "http", "www.", "tel", "fon", "fax", "mobil", "mob.", "phone", "gmbh",
		" ltd", " inc", "s.a.", "sarl", NULL };
	struct text t = line_lower(lines, at);
	int digits = 0;

	for (size_t i = 0; i < t.len; i++)
		digits += t.data[i] >= '0' && t.data[i] <= '9';
	return digits >= 7 || line_has_any(t, signs) >= 0;
}

struct below {
	int lines;     /* that are not blank */
	bool is_short; /* all of them */
	bool is_signature;
};

static struct below look_below(const struct lines *lines, int first, int end)
{
	struct below below = { .is_short = true };

	for (int i = first; i < end && below.lines <= SIGNATURE_LINES_MOST; i++) {
		if (line_is_blank(&lines->items[i]) || line_is_drawn(lines->items[i].said, 2))
			continue;
		below.lines++;
		below.is_short &= lines->items[i].said.len <= SHORT_LINE_BYTES;
		below.is_signature |= seems_signature(lines, i) || is_device_line(lines, i);
	}
	return below;
}

/* Line `at` divides the mail from the signature below it. */
static bool is_divider(const struct lines *lines, int at, int first, int end)
{
	const struct line *line = &lines->items[at];
	bool is_dashes = text_equal(line->said, TEXT("--")) || text_equal(line->said, TEXT("\xE2\x80\x94")) ||
	                 text_equal(line->said, TEXT("\xE2\x80\x93"));
	struct below below;

	if (!is_dashes && !line_is_drawn(line->said, 2))
		return false;
	below = look_below(lines, at + 1, end);
	if (text_equal(line->whole, TEXT("-- ")))
		return below.lines <= SIGNATURE_LINES_MOST;
	if (is_dashes)
		return below.lines <= DASHED_LINES_MOST && (below.is_short || below.is_signature);
	/* Below a line of text it underlines a heading. */
	if (at > first && !line_is_blank(&lines->items[at - 1]))
		return below.lines == 0;
	if (below.lines == 0 || fold_is_legal(lines, at + 1, end))
		return true;
	/* Rows of other signs, and short ones, divide what people write. */
	if (!strchr("-_\xE2", line->said.data[0]) || !below.is_short)
		return false;
	return below.lines <= DRAWN_PLAIN_LINES_MOST ||
	       (below.lines <= DRAWN_LINES_MOST && below.is_signature && line_is_drawn(line->said, DRAWN_LONG));
}

static int first_divider(const struct lines *lines, int first, int end)
{
	int at = end;
	int seen = 0;

	/* From the end upwards: the bounds above make everything further up too far away. */
	for (int i = end - 1; i >= first && seen <= SIGNATURE_LINES_MOST + DRAWN_LINES_MOST; i--) {
		seen += !line_is_blank(&lines->items[i]);
		if (is_divider(lines, i, first, end))
			at = i;
	}
	return at;
}

static int paragraph_start(const struct lines *lines, int first, int last)
{
	while (last > first && !line_is_blank(&lines->items[last - 1]))
		last--;
	return last;
}

int fold_signature(const struct lines *lines, int first, int end)
{
	int at = first_divider(lines, first, end), least = first;

	/* The first line of a mail is no signature, whatever it says. */
	if (first == 0)
		least = line_after_blanks(lines, 0) + 1;
	for (int last = at - 1; last >= least; last--) {
		int start;

		if (line_is_blank(&lines->items[last]))
			continue;
		if (is_device_line(lines, last)) {
			at = last;
			continue;
		}
		start = paragraph_start(lines, first, last);
		if (start <= first || !fold_is_legal(lines, start, last + 1))
			break;
		at = last = start;
	}
	return at;
}
