/* main.c - guichet-mail-ingress: takes mail by LMTP and SMTP.
 *
 * What it says 250 to is in the store (fsync) and in the ledger (commit), with the row of the outbox that tells the
 * intake worker. It reads no message, and keeps nothing: without the disk or the database who brings mail is asked to
 * come later. See conversation.c for a connection, session.c for what is said, letter.c for the bytes, ledger.c for the
 * row.
 */
#include "base/probe.h"
#include "base/process.h"
#include "base/trace.h"
#include "base/trust.h"
#include "ingress/http/tls.h"
#include "ingress/mail/conversation.h"
#include "ingress/mail/doors.h"
#include "ingress/mail/letter.h"
#include "ingress/mail/peers.h"
#include "ingress/mail/recipients.h"

int main(int argc, char **argv)
{
	struct setting *const tables[] = { doors_settings, peers_settings, recipients_settings, conversation_settings,
		letter_settings, tls_settings, probe_settings, db_settings, trust_settings, trace_settings,
		store_settings, store_s3_settings, NULL };

	process_init(argc, argv, "guichet-mail-ingress", "takes mail by LMTP and SMTP", tables);
	trace_start();
	doors_allow_descriptors();
	probe_start();
	peers_open();
	doors_open();
	letters_start();
	doors_start();
	return process_wait();
}
