/* label.h - the names that mail programs of many languages give to From, Sent, To and Subject above a quoted mail. */
#ifndef BASE_MAIL_LABEL_H
#define BASE_MAIL_LABEL_H

#include "base/text.h"

enum label {
	LABEL_NONE,
	LABEL_FROM,
	LABEL_TO,
	LABEL_CC,
	LABEL_SUBJECT,
	LABEL_DATE,
	LABEL_SENT, /* a date, named by a word that only mail programs use */
	LABEL_REPLY_TO,
	LABEL_OTHER, /* Bcc, Importance, Attachments: known, and not needed */
};

/* What a word stands for; in lower case, without its colon. */
enum label label_of(struct text lower);
/* The first label with a colon behind it at or after byte `at` of a line in lower case, where it may follow other text
 * without a blank ("...com>To: "). False: none; else where it begins and where what it names begins. */
bool label_inside(struct text lower, size_t at, enum label *out_label, size_t *out_start, size_t *out_value);

#endif
