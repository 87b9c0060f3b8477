/* words.c - see words.h. A word more is a row more. */
#include "templates/words.h"

static const struct {
	const char *field, *word;
	const char *fr, *en;
} words[] = {
	{ "priority", "low", "basse", "low" },
	{ "priority", "medium", "moyenne", "medium" },
	{ "priority", "high", "haute", "high" },
	{ "priority", "urgent", "urgente", "urgent" },
	{ "status", "open", "Ouvert", "Open" },
	{ "status", "in_progress", "En cours", "In progress" },
	{ "status", "waiting_user", "En attente de l'utilisateur", "Waiting for the user" },
	{ "status", "resolved", "Résolu", "Resolved" },
	{ "status", "closed", "Fermé", "Closed" },
	{ "severity", "critical", "critique", "critical" },
	{ "severity", "warning", "avertissement", "warning" },
	{ "severity", "info", "information", "information" },
	{ "label", "priority", "Priorité", "Priority" },
	{ "label", "title", "Titre", "Title" },
	{ "label", "category", "Catégorie", "Category" },
	{ "label", "assignee_id", "Assigné à", "Assigned to" },
	{ "label", "description", "Description", "Description" },
	{ "label", "edited", "modifiée", "edited" },
	{ "target", "first_response", "première réponse", "first response" },
	{ "target", "next_response", "réponse suivante", "next response" },
	{ "target", "resolution", "résolution", "resolution" },
	{ "label", "due_at", "Échéance", "Due date" },
	{ "layout", "open", "Ouvrir le ticket", "Open the ticket" },
	{ "layout", "conversation", "Derniers messages", "Latest messages" },
	{ "layout", "files", "Fichiers", "Files" },
	{ "layout", "reply", "Pour répondre, répondez simplement à cet e-mail.",
	        "To answer, simply reply to this e-mail." },
};

/* Two fields of a template hold a status. */
static struct text kind_of(struct text field)
{
	bool status = text_equal(field, TEXT("oldStatus")) || text_equal(field, TEXT("newStatus"));

	return status ? TEXT("status") : field;
}

struct text words_translate(struct text field, struct text value, struct text language)
{
	bool english = text_equal(language, TEXT("en"));
	struct text kind = kind_of(field);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equal(kind, text_of(words[i].field)) && text_equal(value, text_of(words[i].word)))
			return text_of(english ? words[i].en : words[i].fr);
	return value;
}
