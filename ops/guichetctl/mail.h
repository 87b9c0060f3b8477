/* mail.h - what the commands of "mail" share. */
#ifndef OPS_GUICHETCTL_MAIL_H
#define OPS_GUICHETCTL_MAIL_H

#include "ops/guichetctl/ctl.h"
#include "sql/db.h"

/* By the options --domain, --error and --limit: which mails, as mail_manage() and mail_queue_json() are told. */
struct text mail_choice(const struct ctl *ctl);
/* The JSON of the first row and column; NULL: it is null, or the statement failed, which was said. */
json_t *mail_ask_json(struct ctl *ctl, struct db *db, enum query query, struct db_param param, bool *out_failed);
/* A text of the object, "" when it has none. */
struct text mail_member(const json_t *object, const char *name);
void mail_write_transcript(const json_t *job);

/* "mail retry", "hold", "release" and "readdress"; "mail suppress"; "mail test". */
enum ctl_exit mail_change(struct ctl *ctl, struct db *db);
enum ctl_exit mail_suppress(struct ctl *ctl, struct db *db);
enum ctl_exit mail_test(struct ctl *ctl, struct db *db);

#endif
