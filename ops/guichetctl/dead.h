/* dead.h - the commands on dead letters: which ones are meant (dead.c), looking (dead_look.c), sending again and
 * setting aside (dead_settle.c), and changing what one says (dead_change.c).
 */
#ifndef OPS_GUICHETCTL_DEAD_H
#define OPS_GUICHETCTL_DEAD_H

#include "ops/guichetctl/ctl.h"
#include "sql/db.h"

/* The options by which letters are chosen, for the rows of commands. */
#define DEAD_FILTERS                                                                                                   \
	{ "type", OPTION_TEXT, "T", .help = "only of that type, ticket.create for example" },                          \
	        { "error", OPTION_TEXT, "WORDS", .help = "only those whose error holds these words" },                 \
	        { "queue", OPTION_TEXT, "Q", .help = "only of that queue; cmd.ticket stands for its lanes" },          \
	        { "text", OPTION_TEXT, "WORDS", .help = "only those whose body or headers hold these words" },         \
	        { "older-than", OPTION_NUMBER, "MINUTES", .help = "only those that died longer ago" },                 \
	{                                                                                                              \
		"newer-than", OPTION_NUMBER, "MINUTES", .help = "only those that died since then"                      \
	}

/* Ids of the operands, or the filters that were given, as dead_found() takes them; state may be NULL. False after
 * having said what is wrong. *out_narrow: is anything chosen, by id or filter? */
bool dead_choice(struct ctl *ctl, const char *state, struct text *out, bool *out_narrow);

enum ctl_exit dead_list(struct ctl *ctl);
enum ctl_exit dead_show(struct ctl *ctl);
enum ctl_exit dead_replay(struct ctl *ctl);
enum ctl_exit dead_discard(struct ctl *ctl);
enum ctl_exit dead_change(struct ctl *ctl);

/* One letter with all it says; NULL after having said why not. */
json_t *dead_letter(struct ctl *ctl, struct db *db, const struct uuid *id);

#endif
