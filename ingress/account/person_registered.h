/* person_registered.h - other services that people register with. */
#ifndef INGRESS_ACCOUNT_PERSON_REGISTERED_H
#define INGRESS_ACCOUNT_PERSON_REGISTERED_H

#include "base/settings.h"

extern struct setting person_registered_settings[]; /* SERVICE_TOKEN */

#endif
