/* conversation.h - one connection with who brings mail: its socket, and what is to be done next.
 *
 *   (PROXY) ─► TALKING ─► message ─► KEEPING ─► LEDGER ─► TALKING ... ─► LEAVING
 *
 * While a thread or the database has the message nothing is read, so that who sends is held up. A conversation that has
 * said nothing for five minutes is ended (RFC 5321 section 4.5.3.2).
 */
#ifndef INGRESS_MAIL_CONVERSATION_H
#define INGRESS_MAIL_CONVERSATION_H

#include "ingress/http/loop.h"
#include "ingress/mail/session.h"

extern struct setting conversation_settings[];

/* What all conversations of a door share. */
struct conversation_terms {
	struct session_terms session;
	struct loop *loop;
	SSL_CTX *(*tls)(void); /* for the next handshake; NULL: none is offered */
	bool lmtp;
	const char *door; /* the ledger's word */
};

/* Takes the socket. terms live as long as the process. */
void conversation_begin(const struct conversation_terms *terms, h2o_socket_t *sock);
/* Once a second: ends what has lasted too long; when the process stops, what is not in the middle of a message. */
void conversations_look(bool stopping);
int conversations_count(void);

#endif
