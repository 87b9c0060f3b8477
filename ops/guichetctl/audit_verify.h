/* audit_verify.h - the command "audit verify", and the setting that it alone needs. */
#ifndef OPS_GUICHETCTL_AUDIT_VERIFY_H
#define OPS_GUICHETCTL_AUDIT_VERIFY_H

#include "ops/guichetctl/ctl.h"

extern struct setting audit_key_settings[]; /* AUDIT_KEY */

enum ctl_exit audit_verify(struct ctl *ctl);

#endif
