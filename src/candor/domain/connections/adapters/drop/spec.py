"""What there is to say about encrypted files, and what they want to know."""

from typing import Final

from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.file import EVERY, EXPIRES, PERIODS
from candor.domain.connections.model.talk import Kind, Setting, Spec

PLACE: Final = "place"
LOCAL, SERVER, OBJECTS = "local", "sftp", "s3"
FORMAT: Final = "format"
CSV, LINES = "csv", "jsonl"
RECIPIENTS: Final = "recipients"
FOLDER, INBOX = "folder", "inbox"
HOST, PORT, USER, HOST_KEY = "host", "port", "user", "host_key"
ENDPOINT, BUCKET, REGION, ACCESS_KEY = "endpoint", "bucket", "region", "access_key"
SECRET_KEY: Final = "secret_key"  # noqa: S105 - the name of a setting
OPENS: Final = "identity"
SIGNS_IN: Final = "ssh_identity"

SPEC: Final = Spec(
    kind="drop",
    title="Encrypted file",
    about="A file for some days, sealed to its recipients’ keys, after two people agreed on it: "
    "in a folder, by SFTP, or in a store of objects. Files for us are read from there, too.",
    directions=frozenset({Direction.OUT, Direction.IN}),
    settings=(
        Setting(
            PLACE,
            "Place",
            "A folder of this machine, a server of SFTP, or a store as S3 is one.",
            kind=Kind.CHOICE,
            choices=(LOCAL, SERVER, OBJECTS),
            default=SERVER,
        ),
        Setting(
            RECIPIENTS,
            "Who can read the files",
            "Public keys of age, one in a line: age1… Nobody else can, nor can we.",
            kind=Kind.LONG,
            is_required=False,
        ),
        Setting(
            FORMAT,
            "Form",
            "CSV is safe to open in a spreadsheet; JSON Lines keeps every value as it is.",
            kind=Kind.CHOICE,
            choices=(CSV, LINES),
            is_required=False,
            default=CSV,
        ),
        Setting(
            EXPIRES,
            "Hours until a file is taken away",
            "72 where nothing is said; 720 at most.",
            kind=Kind.NUMBER,
            is_required=False,
            default="72",
        ),
        Setting(
            EVERY,
            "Ask for a file by itself",
            "After the first, with the same reason and in the name of whoever asked for that; "
            "a colleague approves each.",
            kind=Kind.CHOICE,
            choices=("never", *PERIODS),
            is_required=False,
            default="never",
        ),
        Setting(FOLDER, "Folder for their files", "Where files are put.", is_required=False),
        Setting(
            INBOX, "Folder for our files", "Where files for us are found.", is_required=False
        ),
        Setting(
            "poll_seconds",
            "Seconds between looks",
            "How often it is looked for files for us.",
            kind=Kind.NUMBER,
            is_required=False,
            default="300",
        ),
        Setting(HOST, "Server (SFTP)", "sftp.example.com", is_required=False),
        Setting(PORT, "Port (SFTP)", kind=Kind.NUMBER, is_required=False, default="22"),
        Setting(USER, "User (SFTP)", is_required=False),
        Setting(
            HOST_KEY,
            "Key of the server (SFTP)",
            "ssh-ed25519 AAAA…, from whoever runs it; no other server gets anything.",
            is_required=False,
        ),
        Setting(
            ENDPOINT,
            "Address (S3)",
            "https://s3.eu-central-1.amazonaws.com",
            kind=Kind.URL,
            is_required=False,
        ),
        Setting(BUCKET, "Bucket (S3)", "One that keeps no versions.", is_required=False),
        Setting(REGION, "Region (S3)", "eu-central-1", is_required=False),
        Setting(ACCESS_KEY, "Access key (S3)", is_required=False),
        Setting(SECRET_KEY, "Secret access key (S3)", is_required=False, is_secret=True),
        Setting(
            OPENS,
            "Our key for files to us",
            "Made by itself; its public half is shown.",
            kind=Kind.LONG,
            is_required=False,
            is_secret=True,
        ),
        Setting(
            SIGNS_IN,
            "Our key for signing in (SFTP)",
            "Made by itself; its public half is shown.",
            kind=Kind.LONG,
            is_required=False,
            is_secret=True,
        ),
    ),
    at_once=500,
    suggested=(
        Field("email", What.IDENTIFIER, "email", direction=Direction.OUT, is_key=True),
        Field("news", What.TOPIC, "news/email", direction=Direction.BOTH),
    ),
)
