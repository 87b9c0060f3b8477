/* desk.h - what the handler tests share: a database, accounts, messages, one attempt.
 *
 * DATABASE_URL names a migrated database of the tests' own, as its superuser
 * (tests/handlers/with_postgresql). `desk_db` is what is under test; questions are
 * asked by a connection of their own, so that they see what is committed.
 */
#ifndef TESTS_HANDLERS_DESK_H
#define TESTS_HANDLERS_DESK_H

#include "workers/attempt.h"

extern struct db *desk_db;
extern struct arena *desk_arena; /* of a test; emptied before each */

/* Group set-up and tear-down, and the set-up of each test (nothing is in the tables then). */
int desk_open(void **state);
int desk_close(void **state);
int desk_empty(void **state);

/* A connection of this role, "ticket" for guichet_ticket, with libpq options ("" for none). */
struct db *desk_as(const char *program, const char *options);

/* The first value of the first row ("" for NULL, NULL for no row); ends the program when the
 * statement fails. */
const char *ask(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t ask_number(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A second connection that may keep a transaction open. */
struct questioner;
struct questioner *questioner_open(void);
void questioner_close(struct questioner **q);
const char *questioner_ask(struct questioner *q, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct uuid desk_account(const char *role, bool active);
/* The 36 characters, in the test's arena. */
const char *id_text(struct uuid id);

/* A command as ingress would have published it, in the lane of the ticket. */
struct message desk_message(enum command_id command, struct uuid id, struct uuid actor, const void *fields);
struct message desk_create(struct uuid id, struct uuid actor, struct uuid ticket);
struct message desk_comment(struct uuid id, struct uuid actor, struct uuid ticket, const char *content);

/* The same with an id of its own: ORDER(ticket_close, agent, .ticket_id = ticket). */
#define ORDER(command, actor, ...)                                                                                     \
	desk_message(COMMAND_##command, uuid_new(), (actor), &(struct command){ __VA_ARGS__ })

/* A new id whose last digit is that lane. */
struct uuid desk_id_in_lane(int lane);

/* The ticket worker. */
extern const struct lane_worker desk_worker;
/* A kind without subjects, for a worker under test: its store calls desk_before_store once, when that is set. The
 * commands are decided then, and nothing is written yet. */
extern const struct subject_kind desk_hook_kind;
extern void (*desk_before_store)(void);

/* An attempt by desk_db; attempt->batch stays readable until the next. */
enum db_fault desk_try(struct attempt *attempt, const struct message *messages, int count);

/* Applies one message, which must not fail; the job is readable until the next attempt. */
extern struct attempt desk_attempt;
struct job *desk_apply(struct message m);
/* Of a job of desk_attempt. */
const struct result *desk_result(int job);

/* A user and an agent, once in each test. */
extern struct uuid desk_owner, desk_agent;
void desk_people(void);
/* A ticket of desk_owner's, as desk_create makes one. */
struct uuid desk_ticket(void);

/* A file of 1,000 bytes or of that size: on a ticket, or (none) waiting for one. */
struct message desk_upload(struct uuid id, struct uuid actor, struct uuid file, struct uuid ticket, int64_t size);
struct uuid desk_file(struct uuid actor, struct uuid ticket);

/* Everything that is stored, but for dead letters, in one number. */
int64_t desk_rows_stored(void);

/* What the relay would carry: the routing keys behind the cursor, with blanks between, in the test's arena. move: the
 * cursor goes behind them. */
const char *desk_carry(struct db *relay, bool move);

/* Group set-up and tear-down of tests that read: desk_ingress is a connection of that role. */
extern struct db *desk_ingress;
int desk_open_ingress(void **state);
int desk_close_ingress(void **state);
/* One column of what a READ answers: verdict, version, role, data, pagination; "" for NULL, "nobody" for no row.
 * open: access bits that are added. In the test's arena. */
const char *desk_read_fields(enum read_id read, struct uuid actor, int64_t open, const void *fields, int column);
/* The same; ticket and comment stand for the fields of those names. */
const char *desk_read(
        enum read_id read, struct uuid actor, int64_t open, struct uuid ticket, struct uuid comment, int column);

#endif
