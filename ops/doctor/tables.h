/* tables.h - what the tables tell of programs and of what waits, over the connection of database.c. */
#ifndef OPS_DOCTOR_TABLES_H
#define OPS_DOCTOR_TABLES_H

struct db;
struct examiner;

void tables_judge_programs(struct examiner *e, struct db *db);
void tables_judge_backlog(struct examiner *e, struct db *db);

#endif
