/* kind.h - what kind of mail it is, in steps that can be asked for one by one. */
#ifndef BASE_MAIL_KIND_H
#define BASE_MAIL_KIND_H

#include "base/mail/mail.h"

/* Why it must never be answered automatically, by its headers (kind_auto.c); empty: it may be. */
struct text kind_auto_reason(const struct mail *mail);
/* A program answered for its owner: out of office, on holiday (RFC 3834). */
bool kind_is_auto_reply(const struct mail *mail);
/* It asks its reader to prove that he is human. */
bool kind_is_challenge(const struct mail *mail);
/* It came without a sender's address: MAIL FROM:<>. */
bool kind_has_null_path(const struct mail *mail);
/* From a mail program, by its name or address. */
bool kind_is_from_daemon(const struct mail *mail);
/* The subject of one who tells that a mail has failed. */
bool kind_subject_is_failure(const struct mail *mail);
/* Or that it is late, or has arrived. */
bool kind_subject_is_no_failure(const struct mail *mail);

#endif
