/* origin_mark.c - "-----Original Message-----", "Begin forwarded message:", and what stands for them elsewhere. */
#include "base/mail/origin.h"

#include <stddef.h>

enum { MARK_BYTES_MOST = 120 };

static const char *const forward_words[] = { "forwarded message", "forwarded by", "forwarded mail", "fwd.msg",
	"begin forward", "message transféré", "message transmis", "message réexpédié", "courriel transféré",
	"mail transféré", "weitergeleitete", "mensaje reenviado", "mensaje original reenviado", "messaggio inoltrato",
	"inoltrato da", "mensagem encaminhada", "mensagem reencaminhada", "mensagem reenviada", "doorgestuurd",
	"vidarebefordra", "videresend", "edelleenlähete", "välitetty viesti", "välitetyn viestin", "edelleen lähete",
	"przekazan", "przekazywan", "przesłana dalej", "przesłano dalej", "přeposlan", "preposlan", "továbbított",
	"továbbküldött", "redirecționat", "redirectionat", "retransmis", "пересылаем", "перенаправленн",
	"переадресованн", "пересланн", "препратено", "letilen", "letilmiş", "yönlendirilen", "προωθημένο",
	"προωθούμενο", "προωθήθηκε", "proslijeđen", "prosleđen", "posredovano", "edastatud", "pārsūtīt", "persiųst",
	"转发的", "转发邮件", "轉寄", "轉發", "転送", "전달된", "전달한", "معاد توجيه", "المُعاد توجيه", "رسالة محولة",
	"שהועברה", "chuyển tiếp", "diteruskan", "terusan", "ส่งต่อ", "missatge reenviat", "birzalitako", "áframsend",
	"proslijeđ", "переслане повідомлення", "переслано", "بازارسال", NULL };

static const char *const original_words[] = { "original message", "original email", "original mail",
	"original appointment", "reply message", "reply separator", "previous message", "originalnachricht",
	"ursprüngliche nachricht", "original-nachricht", "urspr. nachricht", "message d'origine", "message d’origine",
	"message original", "message initial", "courriel original", "mensaje original", "messaggio originale",
	"mensagem original", "oorspronkelijk bericht", "origineel bericht", "ursprungligt meddelande",
	"originalmeddelande", "opprinnelig melding", "oprindelig meddelelse", "original meddelelse",
	"alkuperäinen viesti", "oryginalna wiadomość", "wiadomość oryginalna", "původní zpráva", "pôvodná správa",
	"eredeti üzenet", "mesaj original", "mesajul original", "исходное сообщение", "оригинальное сообщение",
	"первоначальное сообщение", "оригінальне повідомлення", "оригинално съобщение", "orijinal ileti",
	"orijinal mesaj", "özgün ileti", "αρχικό μήνυμα", "originalna poruka", "izvorna poruka", "izvirno sporočilo",
	"algne kiri", "algne sõnum", "sākotnējā ziņa", "oriģināl", "originalus laiškas", "pradinis laiškas", "原始邮件",
	"原始郵件", "原邮件", "元のメッセージ", "元のメール", "원본 메시지", "원본 메일", "الرسالة الأصلية",
	"ההודעה המקורית", "הודעה מקורית", "thư gốc", "tin nhắn gốc", "pesan asli", "ข้อความต้นฉบับ", "پیام اصلی",
	"missatge original", NULL };

static struct text without_stars(struct text t)
{
	while (t.len && (t.data[0] == '*' || t.data[0] == '_'))
		t = line_rest(t, 1);
	while (t.len && (t.data[t.len - 1] == '*' || t.data[t.len - 1] == '_'))
		t.len--;
	return line_trim(t);
}

/* "----- words -----" at the start of t: the length of it all, or 0. */
static size_t framed_len(struct text t)
{
	size_t at = 0, end;

	while (at < t.len && t.data[at] == '-')
		at++;
	if (at < 2 || at == t.len)
		return 0;
	for (end = at; end + 1 < t.len && end < MARK_BYTES_MOST; end++)
		if (t.data[end] == '-' && t.data[end + 1] == '-') {
			while (end < t.len && t.data[end] == '-')
				end++;
			return end;
		}
	return 0;
}

bool origin_is_framed(struct text said)
{
	return said.len && framed_len(without_stars(said)) == without_stars(said).len;
}

/* Between dashes, or with a colon behind it and nothing but its words. */
bool origin_mark(const struct lines *lines, int at, bool *out_forward)
{
	struct text t = without_stars(lines->items[at].said);
	size_t framed = framed_len(t);

	if (framed)
		t.len = framed;
	else if (t.len > MARK_BYTES_MOST || !(line_ends(t, ":") || line_ends(t, "：") || line_begins(t, "--")))
		return false;
	t = line_lower_into(t, (char[MARK_BYTES_MOST * 4]){ 0 });
	*out_forward = line_has_any(t, forward_words) >= 0;
	return *out_forward || (framed && line_has_any(t, original_words) >= 0);
}
