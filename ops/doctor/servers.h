/* servers.h - where everything is, as the settings say; "" for what is not set. For the files of ops/doctor. */
#ifndef OPS_DOCTOR_SERVERS_H
#define OPS_DOCTOR_SERVERS_H

struct servers {
	const char *database, *management, *amqp, *redis, *smtp, *smtp_ca_file, *lmtp, *clamd, *ingress;
	const char *store, *spool, *s3, *disks, *certificate;
	const char *jwt_secret, *audit_key, *mail_key, *webhook_key, *inbound_key;
};

/* Written when the settings are read, and never again. */
extern struct servers servers;

#endif
