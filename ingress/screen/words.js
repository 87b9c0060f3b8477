/* words.js - what the page says. A word more is a row more: [French, English]. */
const words = {
	skip: ["Aller au contenu", "Skip to content"],
	operations: ["exploitation", "operations"],
	language: ["English", "Français"],
	themeDark: ["Thème sombre", "Dark theme"],
	themeLight: ["Thème clair", "Light theme"],
	leave: ["Se déconnecter", "Sign out"],
	signIn: ["Se connecter", "Sign in"],
	email: ["Adresse e-mail", "Email address"],
	password: ["Mot de passe", "Password"],
	notAdmin: ["Cette page est pour les administrateurs.", "This page is for administrators."],
	noAnswer: ["Guichet ne répond pas.", "Guichet does not answer."],
	wrong: ["Ce qui ne va pas", "What is wrong"],
	allWell: ["Tout va bien.", "All is well."],
	since: ["depuis", "for"],
	acknowledge: ["Je m'en occupe", "I look after it"],
	acknowledged: ["{who} s'en occupe", "{who} looks after it"],
	pipeline: ["Le chemin d'une demande", "The way of a request"],
	taken: ["Entrée", "Intake"],
	applied: ["Traitement", "Work"],
	told: ["Annonce", "Telling"],
	consequences: ["Suites", "What follows"],
	kept: ["Réserves", "Stores"],
	queues: ["Files", "Queues"],
	programs: ["Programmes", "Programs"],
	dead: ["Messages non traités", "Dead letters"],
	mail: ["Courrier sortant", "Outgoing mail"],
	trace: ["Suivre une demande", "Follow one thing"],
	traceId: ["Ticket, commande, requête, e-mail ou trace", "Ticket, command, request, mail or trace"],
	follow: ["Suivre", "Follow"],
	search: ["Texte", "Text"],
	state: ["État", "State"],
	look: ["Chercher", "Look"],
	queue: ["File", "Queue"],
	program: ["Programme", "Program"],
	waiting: ["En attente", "Waiting"],
	inHand: ["En main", "In hand"],
	oldest: ["Plus ancien", "Oldest"],
	inRate: ["Entrées/s", "In/s"],
	outRate: ["Sorties/s", "Out/s"],
	rates: ["Débit", "Rate"],
	allLanes: ["Toutes les files de tickets", "All lanes of tickets"],
	fewLanes: ["Seulement celles qui ont à faire", "Only those that are busy"],
	forecast: ["Vide dans", "Empty in"],
	readers: ["Lecteurs", "Readers"],
	never: ["jamais", "never"],
	acts: ["Actions", "Actions"],
	pause: ["Mettre en pause", "Pause"],
	resume: ["Reprendre", "Resume"],
	instances: ["Instances", "Instances"],
	host: ["Machine", "Host"],
	version: ["Version", "Version"],
	heard: ["Entendu il y a", "Heard"],
	started: ["Démarré", "Started"],
	says: ["Dit", "Says"],
	memory: ["Mémoire", "Memory"],
	up: ["en marche", "up"],
	degraded: ["va mal", "not well"],
	resting: ["en pause", "resting"],
	missing: ["absent", "missing"],
	unused: ["inutilisé", "unused"],
	gone: ["disparue", "gone"],
	type: ["Type", "Type"],
	reason: ["Raison", "Reason"],
	died: ["Mort le", "Died"],
	show: ["Voir", "Show"],
	edit: ["Modifier", "Edit"],
	replay: ["Rejouer", "Replay"],
	discard: ["Écarter", "Discard"],
	replayAll: ["Rejouer tous ceux-ci", "Replay all of these"],
	discardAll: ["Écarter tous ceux-ci", "Discard all of these"],
	open: ["ouverts", "open"],
	replayed: ["rejoués", "replayed"],
	discarded: ["écartés", "discarded"],
	noDead: ["Aucun message ici.", "No messages here."],
	domain: ["Domaine", "Domain"],
	lastReply: ["Dernière réponse", "Last reply"],
	noMail: ["Rien n'attend.", "Nothing waits."],
	retryMail: ["Réessayer maintenant", "Try again now"],
	server: ["Serveur", "Server"],
	why: ["Pourquoi", "Why"],
	newBody: ["Ce que le message doit dire (membres à changer, JSON)", "What the message shall say (members to change, JSON)"],
	yes: ["Oui", "Yes"],
	no: ["Annuler", "Cancel"],
	askPause: ["Mettre {what} en pause ?", "Pause {what}?"],
	saysPause: ["Ce qui arrive sera accepté et attendra, jusqu'à ce que quelqu'un y mette fin. Tout le monde le verra ici.",
		"What comes is accepted and waits until somebody ends it. Everybody sees it here."],
	askResume: ["Faire reprendre {what} ?", "Let {what} work again?"],
	saysResume: ["Ce qui a attendu sera traité maintenant.", "What has waited is worked on now."],
	askReplay: ["Rejouer {what} ?", "Replay {what}?"],
	saysReplay: ["{count} messages seront renvoyés, dans l'ordre où ils avaient été acceptés. Ce qui a déjà eu lieu n'aura pas lieu deux fois.",
		"{count} messages are sent again, in the order in which they were accepted. What has happened already does not happen twice."],
	askDiscard: ["Écarter {what} ?", "Discard {what}?"],
	saysDiscard: ["{count} messages ne seront plus jamais traités. C'est noté au journal d'audit.",
		"{count} messages will never be worked on. It is written into the audit trail."],
	askEdit: ["Modifier le message", "Change the message"],
	saysEdit: ["Ce qu'il disait d'abord est gardé. Il faut le rejouer ensuite.", "What it said first is kept. Replay it afterwards."],
	done: ["C'est fait.", "Done."],
	fresh: ["à jour, il y a {seconds} s", "live, {seconds} s ago"],
	old: ["rien vu depuis {seconds} s : guichet-monitor vit-il ?", "nothing seen for {seconds} s: does guichet-monitor live?"],
	lost: ["sans liaison, nouvel essai…", "no connection, trying again…"],
	notFound: ["Guichet n'en sait rien.", "Guichet knows nothing of it."],
	whatLetters: ["{count} messages", "{count} messages"],
	lastHour: ["En attente pendant la dernière heure", "Waiting during the last hour"],
	database: ["PostgreSQL", "PostgreSQL"],
	broker: ["RabbitMQ", "RabbitMQ"],
	connections: ["Connexions", "Connections"],
	size: ["Taille", "Size"],
	freeDisk: ["Disque libre", "Free disk"],
	late: ["En retard", "Late"],
	overdue: ["En souffrance", "Overdue"],
	outbox: ["Boîte d'envoi", "Outbox"],
	timers: ["Échéances", "Timers"],
	mailIn: ["Courrier reçu", "Received mail"],
	files: ["Fichiers à examiner", "Files to scan"],
	webhooks: ["Webhooks", "Webhooks"],
};

let language = localStorage.getItem("language") || (navigator.language.startsWith("fr") ? "fr" : "en");

export const languageNow = () => language;

export function say(word, values = {}) {
	const text = words[word] ? words[word][language === "fr" ? 0 : 1] : word;
	return text.replace(/\{(\w+)\}/g, (whole, name) => name in values ? String(values[name]) : whole);
}

export function chooseLanguage(wanted) {
	language = wanted;
	localStorage.setItem("language", wanted);
	dress();
}

/* Says what stands in the page already. */
export function dress() {
	document.documentElement.lang = language;
	document.title = `Guichet ${say("operations")}`;
	for (const element of document.querySelectorAll("[data-say]"))
		element.textContent = say(element.dataset.say);
}

export const number = value => new Intl.NumberFormat(language, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);

export function age(seconds) {
	if (seconds === null || seconds === undefined)
		return say("never");
	if (seconds < 120)
		return `${Math.round(seconds)} s`;
	if (seconds < 7200)
		return `${Math.round(seconds / 60)} min`;
	return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} ${language === "fr" ? "j" : "d"}`;
}

export function bytes(count) {
	const unit = count >= 1e9 ? ["G", 1e9] : ["M", 1e6];
	return `${number(count / unit[1])} ${unit[0]}${language === "fr" ? "o" : "B"}`;
}

export const moment = text => text ? new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" }).format(new Date(text)) : "";
