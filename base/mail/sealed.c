/* sealed.c - notes that a message is signed or encrypted: see inner.h. Nothing is verified or opened here. */
#include "base/mail/inner.h"

#include <string.h>

static const struct {
	const char *type;
	const char *note;
} seals[] = {
	{ "application/pgp-encrypted", "It is encrypted (PGP/MIME)." },
	{ "application/pgp-signature", "It is signed (PGP/MIME); the signature was not checked." },
	{ "application/pkcs7-signature", "It is signed (S/MIME); the signature was not checked." },
	{ "application/x-pkcs7-signature", "It is signed (S/MIME); the signature was not checked." },
};

static bool is_smime(const struct mail_part *part)
{
	return text_equal(part->type, TEXT("application/pkcs7-mime")) ||
	       text_equal(part->type, TEXT("application/x-pkcs7-mime"));
}

/* An opaque signature holds the message itself. */
static void note_smime(struct mail *mail, const struct mail_part *part)
{
	struct text type = mail_part_header(part, "Content-Type");

	if (type.data && memmem(type.data, type.len, "signed-data", 11))
		mail_note(mail, "It is signed (S/MIME), and its text lies inside the signature.");
	else
		mail_note(mail, "It is encrypted (S/MIME).");
}

void inner_note_seals(struct mail *mail)
{
	for (int i = 0; i < mail->part_count; i++) {
		if (is_smime(&mail->parts[i]))
			note_smime(mail, &mail->parts[i]);
		for (size_t j = 0; j < sizeof seals / sizeof seals[0]; j++)
			if (text_equal(mail->parts[i].type, text_of(seals[j].type)))
				mail_note(mail, "%s", seals[j].note);
	}
	if (mail->text.len && memmem(mail->text.data, mail->text.len, "-----BEGIN PGP MESSAGE-----", 27))
		mail_note(mail, "Its text is encrypted (PGP).");
	else if (mail->text.len && memmem(mail->text.data, mail->text.len, "-----BEGIN PGP SIGNED MESSAGE-----", 34))
		mail_note(mail, "Its text is signed (PGP); the signature was not checked.");
}
