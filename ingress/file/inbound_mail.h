/* inbound_mail.h - the settings of POST /inbound/mail. */
#ifndef INGRESS_FILE_INBOUND_MAIL_H
#define INGRESS_FILE_INBOUND_MAIL_H

#include "base/settings.h"

extern struct setting inbound_mail_settings[];

#endif
