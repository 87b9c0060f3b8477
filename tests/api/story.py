"""story.py - the examples of the API's description, in an order in which each of them works.

An example names things by made-up ids. Each id stands for a variable, and each
variable has an operation whose answer gives it: before an example that needs a
ticket there is one that makes a ticket. What ends something comes last.
"""
import dataclasses

# variable: the operation that gives it, and where in its answer
SOURCES = {
    "token": ("login", "/data/token"),
    "refreshToken": ("login", "/data/refreshToken"),
    "userId": ("login", "/data/user/id"),
    "ticketId": ("ticketCreate", "/data/id"),
    "otherId": ("ticketCreate", "/data/id"),
    "commentId": ("ticketComment", "/data/id"),
    "fileId": ("fileUpload", "/data/id"),
    "calendarId": ("calendarCreate", "/data/id"),
    "policyId": ("policyCreate", "/data/id"),
    "scheduleId": ("scheduleCreate", "/data/id"),
    "subscriptionId": ("accountSubscribe", "/data/id"),
    "pushId": ("accountPushSubscribe", "/data/id"),
    "webhookId": ("webhookCreate", "/data/id"),
    "mailboxId": ("mailboxCreate", "/data/id"),
    "command": ("ticketCreate", "/data/statusUrl"),  # of a 202; its last segment
}
ASYNC = {"command"}

# What an operation makes worthless, and therefore when it comes.
SPENDS = {
    "ticketDelete": ("ticketId", "commentId"),
    "calendarDelete": ("calendarId",),
    "policyDelete": ("policyId",),
    "scheduleDelete": ("scheduleId",),
    "accountEndSubscription": ("subscriptionId",),
    "webhookDelete": ("webhookId",),
    "mailboxDelete": ("mailboxId",),
    "accountPushEnd": ("pushId",),
    "logout": ("token", "refreshToken"),
    "logoutAll": ("token", "refreshToken"),
}

# What only works right after another, which comes nowhere else.
AFTER = {"ticketUnmerge": "ticketMerge", "fileRestore": "fileDelete", "calendarDelete": "policyDelete",
         "mailUnsuppress": "mailSuppress"}
# What needs something that no such request can bring about: a dead letter, an event that could not be read, a picture, a link, a mail that came, a mail or a
# delivery that waits, somebody else to be deleted or to leave, an address that is nobody's each
# time, a reader of CSV, a token of another service, a signature over the body; and what has no end.
UNTOLD = {"inboundMail", "mailJob", "mailRetry", "mailHold", "mailRelease", "mailReaddress", "auditEventReplay", "avatarUpload", "accountDelete", "accountErase", "personRegistered", "personCreate", "personCreateOld", "personLeaving", "personExport", "personImport", "personTakeaway",
          "avatarUploadOld", "avatarShow", "filePreview", "fileThumbnail", "fileByLink",
          "unsubscribeShow", "unsubscribe", "notificationShow", "notificationWhy", "notificationRead", "notificationReadPost",
          "notificationDelete", "eventStream", "notificationStream", "notificationSocket",
          "webhookDelivery", "inboundRead", "inboundRaw", "inboundApprove", "inboundReject",
          "inboundReparse", "deadLetterRead", "deadLetterReplay", "deadLetterEdit", "deadLetterDiscard", "trace",
          "resetPassword", "acceptInvitation", "verifyEmail", "magicLinkConfirm", "changeEmail", "changeEmailConfirm", "changePassword",
          "changePasswordPut", "linkShow", "linkFollow", "loginTotp", "totpEnrol", "totpConfirm", "totpDisable", "totpRecoveryCodes", "totpRemove", "apiTokenEnd", "oidcLogin", "oidcCallback", "sessionEnd", "authUserByEmail", "backupAsk", "cacheKeyDelete", "alertAck", "monitoringStream"}  # flow_backup.py, flow_people.py, flow_notifications.py, flow_intake.py, flow_operators.py, flow_monitor.py flow_signin.py, flow_factors.py and flow_federation.py live with these

# Members whose example is the reader's own to give.
OWN = {"login": {"email": "email", "password": "password"}, "register": {"email": "newEmail"}}


@dataclasses.dataclass
class Operation:
    method: str
    path: str
    spec: dict
    parameters: list  # references resolved

    @property
    def id(self):
        return self.spec["operationId"]

    @property
    def success(self):
        return next(int(status) for status in self.spec["responses"] if status.startswith("2"))

    @property
    def takes(self):
        return {parameter["name"] for parameter in self.parameters if parameter["in"] == "header"}

    @property
    def example(self):
        body = self.spec.get("requestBody")
        return body["content"].get("application/json", {}).get("example") if body else None

    @property
    def upload(self):
        """A file that is a whole body, and the headers it comes with; None: it takes no files."""
        content = self.spec.get("requestBody", {}).get("content", {}).get("text/plain")
        name = next((p["example"] for p in self.parameters if p["name"] == "Content-Disposition"), None)
        return content and (content["example"], {"Content-Type": "text/plain", "Content-Disposition": name})

    def schema(self, status):
        """Of the answer's body; None: it has none, or is no JSON."""
        content = self.spec["responses"][str(status)].get("content", {})
        return next((media["schema"] for name, media in content.items() if name.endswith("json")), None)


@dataclasses.dataclass
class Step:
    operation: Operation
    captures: dict  # variable: JSON pointer into the answer
    at_once: bool = False  # Prefer: respond-async
    why: str = ""

    @property
    def status(self):
        return 202 if self.at_once else self.operation.success


def resolve(document, reference):
    at = document
    for word in reference.removeprefix("#/").split("/"):
        at = at[word]
    return at


def operations(document):
    for path, item in document["paths"].items():
        for method, spec in item.items():
            parameters = [resolve(document, p["$ref"]) if "$ref" in p else p for p in spec["parameters"]]
            yield Operation(method.upper(), path, spec, parameters)


class Story:
    def __init__(self, document):
        self.operations = {operation.id: operation for operation in operations(document)}
        self.stands_for = {}  # example value: variable
        for operation in self.operations.values():
            for parameter in operation.parameters:
                if parameter["in"] == "path" and parameter["name"] in SOURCES:
                    self.stands_for[parameter["example"]] = parameter["name"]
        self.stands_for[self.operations["refresh"].example["refreshToken"]] = "refreshToken"

    def with_values(self, example, values):
        """The example with what its made-up values stand for."""
        if isinstance(example, dict):
            return {name: self.with_values(member, values) for name, member in example.items()}
        if isinstance(example, list):
            return [self.with_values(member, values) for member in example]
        return values[self.stands_for[example]] if example in self.stands_for else example

    def path(self, operation, values):
        path = operation.path
        for parameter in operation.parameters:
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", self.with_values(parameter["example"], values))
        return path

    def query(self, operation, values, optional):
        """name, value, is it required - of those that have an example."""
        return [(p["name"], self.with_values(p["example"], values), p.get("required", False)) for p in operation.parameters
                if p["in"] == "query" and "example" in p and (optional or p.get("required"))]

    def body(self, operation, values):
        if operation.example is None:
            return None
        body = self.with_values(operation.example, values)
        for member, variable in OWN.get(operation.id, {}).items():
            body[member] = values[variable]
        return body

    def needs(self, operation):
        asked = set()

        class Asking(dict):
            def __missing__(self, variable):
                asked.add(variable)
                return ""

        self.path(operation, Asking())
        self.query(operation, Asking(), True)
        self.body(operation, Asking())
        if operation.spec["security"]:
            asked.add("token")
        return sorted(asked & SOURCES.keys())

    def steps(self):
        bound, told = set(), []

        def tell(operation, captures, at_once=False, why=""):
            for variable in self.needs(operation):
                if variable not in bound:
                    source, pointer = SOURCES[variable]
                    tell(self.operations[source], {variable: pointer}, variable in ASYNC, f" (for {variable})")
            if operation.id in AFTER:
                tell(self.operations[AFTER[operation.id]], {})
            told.append(Step(operation, captures, at_once, why))
            bound.update(captures)
            bound.difference_update(SPENDS.get(operation.id, ()))

        told_of = [operation for operation in self.operations.values() if operation.id not in UNTOLD]
        for operation in sorted(told_of, key=lambda o: (o.id in SPENDS, "token" in SPENDS.get(o.id, ()))):
            if operation.id in AFTER.values():
                continue
            given = {variable: pointer for variable, (source, pointer) in SOURCES.items()
                     if source == operation.id and variable not in ASYNC and variable != "otherId"}
            if operation.id == "refresh":
                given = {"token": "/data/token", "refreshToken": "/data/refreshToken"}
            tell(operation, given)
        return told
