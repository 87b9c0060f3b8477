/* servers.c - the settings of the programs, as somebody reads them who may do without any of them: see servers.h. */
#include "ops/doctor/servers.h"

#include "ops/doctor/doctor.h"

struct servers servers;

struct setting doctor_settings[] = {
	{ "DATABASE_URL", SETTING_URL, &servers.database, "", .schemes = "postgres postgresql", .secret = true,
	        .help = "PostgreSQL" },
	{ "RABBITMQ_MANAGEMENT_URL", SETTING_URL, &servers.management, "", .schemes = "http https", .secret = true,
	        .help = "RabbitMQ's management API as an administrator" },
	{ "AMQP_URL", SETTING_URL, &servers.amqp, "", .schemes = "amqp amqps", .secret = true,
	        .help = "RabbitMQ as the programs know it" },
	{ "REDIS_URL", SETTING_URL, &servers.redis, "", .schemes = "redis rediss", .secret = true, .help = "Redis" },
	{ "SMTP_URL", SETTING_URL, &servers.smtp, "", .schemes = "smtp", .secret = true,
	        .help = "the server that takes our mail" },
	{ "SMTP_CA_FILE", SETTING_FILE, &servers.smtp_ca_file, "", .help = "trusted certificates beside the system's" },
	{ "GUICHET_LMTP", SETTING_TEXT, &servers.lmtp, "", .max = 255,
	        .help = "where the mail ingress takes mail by LMTP: host:port, or the path of a unix socket" },
	{ "CLAMD_URL", SETTING_TEXT, &servers.clamd, "", .max = 300, .help = "clamd: unix:/path or tcp://host:port" },
	{ "GUICHET_URL", SETTING_URL, &servers.ingress, "", .schemes = "http https",
	        .help = "where the ingress answers" },
	{ "STORE_URL", SETTING_URL, &servers.store, "", .schemes = "file s3", .help = "where files lie" },
	{ "SPOOL_DIR", SETTING_TEXT, &servers.spool, "", .max = 4000, .help = "the folder of large requests" },
	{ "S3_ENDPOINT", SETTING_URL, &servers.s3, "", .schemes = "http https", .help = "the server of S3" },
	{ "DOCTOR_DISKS", SETTING_TEXT, &servers.disks, "/var/lib/postgresql /var/lib/rabbitmq", .max = 4000,
	        .help = "folders whose disks are looked at, too, blanks between; those that exist" },
	{ "TLS_CERTIFICATE", SETTING_TEXT, &servers.certificate, "", .max = 4000,
	        .help = "the PEM file of the ingress's certificate" },
	{ "JWT_SECRET", SETTING_TEXT, &servers.jwt_secret, "", .secret = true, .help = "looked at for its strength" },
	{ "AUDIT_KEY", SETTING_TEXT, &servers.audit_key, "", .secret = true, .help = "looked at for its strength" },
	{ "MAIL_KEY", SETTING_TEXT, &servers.mail_key, "", .secret = true, .help = "looked at for its strength" },
	{ "WEBHOOK_KEY", SETTING_TEXT, &servers.webhook_key, "", .secret = true, .help = "looked at for its strength" },
	{ "INBOUND_KEY", SETTING_TEXT, &servers.inbound_key, "", .secret = true, .help = "looked at for its strength" },
	{ 0 },
};
