/* doors.h - where mail is brought to, and the thread that turns. */
#ifndef INGRESS_MAIL_DOORS_H
#define INGRESS_MAIL_DOORS_H

#include "base/settings.h"

extern struct setting doors_settings[];

/* As many files as the system allows: each connection is one. */
void doors_allow_descriptors(void);
/* Listens. Exits with a clear message when it cannot. */
void doors_open(void);
/* Begins to turn. */
void doors_start(void);

#endif
