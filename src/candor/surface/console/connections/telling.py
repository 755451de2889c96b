"""What was just done, in a sentence: the address names it by a code after an act."""

from collections.abc import Mapping
from typing import Final

SAID: Final[Mapping[str, str]] = {
    "added": "It is added, a draft: nothing moves before it is started. Check it first.",
    "changed": "It is changed.",
    "started": "It is active. Everybody is compared with what it holds.",
    "paused": "It is paused. What changes is kept for it, and goes out when it is resumed.",
    "stopping": "It is stopping: removals go, and then it ends.",
    "checked": "It answers, lets us in, and has what the mapping names.",
    "replayed": "They are on their way; what agrees already is not sent.",
    "compared": "Their refusals are compared with ours now. This page says what it came to.",
    "retried": "What was parked is tried again.",
    "dropped": "What was parked is given up.",
    "tested": "The test was handed over to the next system. Look whether it arrived.",
    "secrets": "The secrets are set. They are shown to nobody.",
}
