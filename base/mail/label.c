/* label.c - see label.h. One word may be used by several languages, never for two meanings. */
#include "base/mail/label.h"

#include <string.h>
#include "base/mail/line.h"

#define WORD(literal)                                                                                                  \
	{                                                                                                              \
		.data = literal, .len = sizeof literal - 1                                                             \
	}

static const struct text from_words[] = { WORD("from"), WORD("de"), WORD("von"), WORD("da"), WORD("van"), WORD("från"),
	WORD("fra"), WORD("lähettäjä"), WORD("od"), WORD("nadawca"), WORD("feladó"), WORD("küldő"), WORD("de la"),
	WORD("expeditor"), WORD("expeditorul"), WORD("expéditeur"), WORD("от"), WORD("отправитель"), WORD("від"),
	WORD("від кого"), WORD("відправник"), WORD("от кого"), WORD("подател"), WORD("изпращач"), WORD("kimden"),
	WORD("gönderen"), WORD("από"), WORD("αποστολέας"), WORD("šalje"), WORD("pošiljatelj"), WORD("pošiljalac"),
	WORD("od koga"), WORD("odosielateľ"), WORD("odesílatel"), WORD("saatja"), WORD("kellelt"), WORD("no"),
	WORD("sūtītājs"), WORD("nuo"), WORD("siuntėjas"), WORD("发件人"), WORD("寄件者"), WORD("寄件人"),
	WORD("差出人"), WORD("送信者"), WORD("送信元"), WORD("보낸 사람"), WORD("보낸사람"), WORD("발신"),
	WORD("발신자"), WORD("من"), WORD("المرسل"), WORD("מאת"), WORD("từ"), WORD("người gửi"), WORD("จาก"),
	WORD("dari"), WORD("pengirim"), WORD("از"), WORD("фиросанда"), WORD("remitente"), WORD("mittente"),
	WORD("remetente"), WORD("absender"), WORD("afzender"), WORD("avsändare"), WORD("avsender"), WORD("afsender"),
	WORD("sendt av"), WORD("nga"), WORD("prej"), WORD("igorlea"), WORD("nork"), WORD("frá"), WORD("ó"), WORD("gan"),
	WORD("oddelano od"), WORD("пошиљалац") };

static const struct text to_words[] = { WORD("to"), WORD("an"), WORD("à"), WORD("a"), WORD("para"), WORD("aan"),
	WORD("till"), WORD("til"), WORD("vastaanottaja"), WORD("do"), WORD("adresat"), WORD("címzett"), WORD("către"),
	WORD("destinatar"), WORD("destinatarul"), WORD("destinataire"), WORD("destinataires"), WORD("кому"),
	WORD("получатель"), WORD("до"), WORD("за"), WORD("получател"), WORD("kime"), WORD("kimə"), WORD("alıcı"),
	WORD("προς"), WORD("prima"), WORD("za"), WORD("komu"), WORD("pre"), WORD("adresát"), WORD("příjemce"),
	WORD("príjemca"), WORD("primatelj"), WORD("saaja"), WORD("kellele"), WORD("kam"), WORD("adresāts"),
	WORD("gavėjas"), WORD("收件人"), WORD("收件者"), WORD("宛先"), WORD("받는 사람"), WORD("받는사람"),
	WORD("수신"), WORD("إلى"), WORD("الى"), WORD("אל"), WORD("đến"), WORD("tới"), WORD("người nhận"), WORD("ถึง"),
	WORD("kepada"), WORD("untuk"), WORD("به"), WORD("per a"), WORD("per"), WORD("pour"), WORD("empfänger"),
	WORD("ontvanger"), WORD("mottagare"), WORD("mottaker"), WORD("modtager"), WORD("destinatario"),
	WORD("destinatário"), WORD("për"), WORD("nori"), WORD("hartzailea"), WORD("sendt til"), WORD("прима"),
	WORD("kome") };

static const struct text cc_words[] = { WORD("cc"), WORD("c.c"), WORD("kopie"), WORD("kopia"), WORD("kopie an"),
	WORD("copie à"), WORD("copie"), WORD("kopi"), WORD("kopio"), WORD("dw"), WORD("do wiadomości"), WORD("másolat"),
	WORD("másolatot kap"), WORD("копия"), WORD("копія"), WORD("копие"), WORD("bilgi"), WORD("κοιν"),
	WORD("κοινοποίηση"), WORD("kópia"), WORD("kópie"), WORD("koopia"), WORD("kopija"), WORD("kp"), WORD("抄送"),
	WORD("副本"), WORD("副本抄送"), WORD("참조"), WORD("نسخة"), WORD("نسخة إلى"), WORD("עותק"), WORD("đồng gửi"),
	WORD("สำเนา"), WORD("tembusan"), WORD("رونوشت"), WORD("con copia"), WORD("copia"), WORD("cópia"),
	WORD("com cópia"), WORD("in copia"), WORD("salin"), WORD("k"), WORD("kk"), WORD("kopii"), WORD("v kopii"),
	WORD("на знање") };

static const struct text date_words[] = { WORD("date"), WORD("datum"), WORD("päivämäärä"), WORD("päiväys"), WORD("pvm"),
	WORD("data"), WORD("dátum"), WORD("dată"), WORD("дата"), WORD("дата и час"), WORD("tarih"), WORD("ημερομηνία"),
	WORD("kuupäev"), WORD("datums"), WORD("日期"), WORD("时间"), WORD("日付"), WORD("日時"), WORD("날짜"),
	WORD("일자"), WORD("التاريخ"), WORD("תאריך"), WORD("ngày"), WORD("วันที่"), WORD("tanggal"), WORD("تاریخ"),
	WORD("fecha"), WORD("dato") };

static const struct text sent_words[] = { WORD("sent"), WORD("gesendet"), WORD("gesendet am"), WORD("envoyé"),
	WORD("envoyé le"), WORD("envoyé à"), WORD("enviado"), WORD("enviado el"), WORD("enviado em"), WORD("inviato"),
	WORD("verzonden"), WORD("skickat"), WORD("skickades"), WORD("sendt"), WORD("lähetetty"), WORD("wysłano"),
	WORD("odesláno"), WORD("odoslané"), WORD("poslané"), WORD("elküldve"), WORD("küldve"), WORD("trimis"),
	WORD("отправлено"), WORD("надіслано"), WORD("изпратено"), WORD("gönderilen"), WORD("gönderildi"),
	WORD("gönderme tarihi"), WORD("στάλθηκε"), WORD("εστάλη"), WORD("poslano"), WORD("poslato"), WORD("saadetud"),
	WORD("nosūtīts"), WORD("išsiųsta"), WORD("发送时间"), WORD("发送日期"), WORD("寄件日期"), WORD("傳送時間"),
	WORD("已傳送"), WORD("送信日時"), WORD("보낸 날짜"), WORD("보낸날짜"), WORD("발송"), WORD("تاريخ الإرسال"),
	WORD("أرسلت"), WORD("נשלח"), WORD("đã gửi"), WORD("ส่ง"), WORD("dikirim"), WORD("sendt dato") };

static const struct text subject_words[] = { WORD("subject"), WORD("betreff"), WORD("objet"), WORD("sujet"),
	WORD("asunto"), WORD("assunto"), WORD("oggetto"), WORD("onderwerp"), WORD("ämne"), WORD("emne"), WORD("aihe"),
	WORD("temat"), WORD("předmět"), WORD("predmet"), WORD("tárgy"), WORD("subiect"), WORD("subiectul"),
	WORD("тема"), WORD("тема листа"), WORD("относно"), WORD("предмет"), WORD("konu"), WORD("mövzu"), WORD("θέμα"),
	WORD("naslov"), WORD("zadeva"), WORD("teema"), WORD("temats"), WORD("tēma"), WORD("tema"), WORD("主题"),
	WORD("主旨"), WORD("標題"), WORD("件名"), WORD("제목"), WORD("الموضوع"), WORD("נושא"), WORD("chủ đề"),
	WORD("tiêu đề"), WORD("เรื่อง"), WORD("หัวเรื่อง"), WORD("perihal"), WORD("subjek"), WORD("موضوع"), WORD("assumpte"),
	WORD("asumptu"), WORD("gaia"), WORD("efni"), WORD("ábhar"), WORD("pwnc"), WORD("subyek"), WORD("betr") };

static const struct text reply_to_words[] = { WORD("reply-to"), WORD("reply to"), WORD("répondre à"),
	WORD("répondre a"), WORD("antwort an"), WORD("responder a"), WORD("rispondi a"), WORD("beantwoorden"),
	WORD("antwoord aan"), WORD("svara till"), WORD("svar til"), WORD("vastausosoite"), WORD("odpowiedz do"),
	WORD("odpověď"), WORD("válaszcím"), WORD("răspundeți la"), WORD("ответить"), WORD("yanıtla"),
	WORD("yanıt adresi"), WORD("回复"), WORD("回覆"), WORD("返信先"), WORD("회신") };

static const struct text other_words[] = { WORD("bcc"), WORD("cci"), WORD("cco"), WORD("ccn"), WORD("blindkopie"),
	WORD("importance"), WORD("priority"), WORD("wichtigkeit"), WORD("priorität"), WORD("importancia"),
	WORD("priorité"), WORD("prioridad"), WORD("priorità"), WORD("prioriteit"), WORD("belang"), WORD("attachments"),
	WORD("attachment"), WORD("anlagen"), WORD("anhang"), WORD("pièces jointes"), WORD("pièce jointe"),
	WORD("adjuntos"), WORD("anexos"), WORD("allegati"), WORD("allegato"), WORD("bijlagen"), WORD("bijlage"),
	WORD("bilagor"), WORD("vedlegg"), WORD("liitteet"), WORD("załączniki"), WORD("přílohy"), WORD("mellékletek"),
	WORD("вложения"), WORD("ekler"), WORD("附件"), WORD("添付ファイル"), WORD("organization"), WORD("organisation"),
	WORD("message-id"), WORD("list-id"), WORD("resent-from"), WORD("sender"), WORD("resent-to"), WORD("mailed-by"),
	WORD("signed-by"), WORD("when"), WORD("where"), WORD("security"), WORD("posted at"), WORD("posted to"),
	WORD("bilagt"), WORD("sensitivity"), WORD("conversation"), WORD("newsgroups") };

static const struct {
	enum label label;
	const struct text *words;
	size_t count;
} names[] = {
	{ LABEL_FROM, from_words, sizeof from_words / sizeof *from_words },
	{ LABEL_TO, to_words, sizeof to_words / sizeof *to_words },
	{ LABEL_CC, cc_words, sizeof cc_words / sizeof *cc_words },
	{ LABEL_DATE, date_words, sizeof date_words / sizeof *date_words },
	{ LABEL_SENT, sent_words, sizeof sent_words / sizeof *sent_words },
	{ LABEL_SUBJECT, subject_words, sizeof subject_words / sizeof *subject_words },
	{ LABEL_REPLY_TO, reply_to_words, sizeof reply_to_words / sizeof *reply_to_words },
	{ LABEL_OTHER, other_words, sizeof other_words / sizeof *other_words },
};

/* The length of the word where label_inside stops looking back from a colon. */
enum { WORD_BYTES_MOST = 48 };

enum label label_of(struct text lower)
{
	for (size_t i = 0; lower.len && i < sizeof names / sizeof *names; i++)
		for (size_t w = 0; w < names[i].count; w++)
			if (text_equal(lower, names[i].words[w]))
				return names[i].label;
	return LABEL_NONE;
}

/* A word of one or two letters would be found inside others. */
static bool is_apart(struct text word, size_t len)
{
	return len > 2 || len == word.len || !strchr("abcdefghijklmnopqrstuvwxyz", word.data[word.len - len - 1]);
}

/* The longest label that ends where word ends. */
static enum label label_at_end(struct text word, size_t *out_len)
{
	enum label found = LABEL_NONE;

	*out_len = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (size_t w = 0; w < names[i].count; w++) {
			struct text name = names[i].words[w];

			if (name.len > *out_len && name.len <= word.len && is_apart(word, name.len) &&
			        text_equal(line_rest(word, word.len - name.len), name)) {
				found = names[i].label;
				*out_len = name.len;
			}
		}
	return found;
}

bool label_inside(struct text lower, size_t at, enum label *out_label, size_t *out_start, size_t *out_value)
{
	for (size_t colon = at; colon < lower.len; colon++) {
		size_t from = colon > at + WORD_BYTES_MOST ? colon - WORD_BYTES_MOST : at, len;
		struct text word;

		if (lower.data[colon] != ':')
			continue;
		word = line_trim((struct text){ lower.data + from, colon - from });
		if ((*out_label = label_at_end(word, &len)) == LABEL_NONE)
			continue;
		*out_start = (size_t)(word.data - lower.data) + word.len - len;
		*out_value = colon + 1;
		return true;
	}
	return false;
}
