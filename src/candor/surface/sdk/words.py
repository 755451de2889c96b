"""The words of banner and widget, in the page's language. Only inside `reading`."""

from candor.infra.web.reading import translate as _


def banner(company: str) -> dict[str, str]:
    """Return the words of the banner and of the panel behind "Choose"."""
    said = {
        "ask_title": _("May we?"),
        "ask_text": _(
            "%(company)s would like to do the following with what you do on these pages."
            " Nothing of it happens before you say yes, and you can change your mind at any time.",
            company=company,
        ),
        "choose_title": _("Your choices"),
        "choose_text": _("What you leave open stays off, and we do not ask for it again soon."),
        "yes_all": _("Yes to all"),
        "no_all": _("No to all"),
        "choose": _("Choose"),
        "yes": _("Yes"),
        "no": _("No"),
        "yes_over": _("Yes, although my browser says no"),
        "save": _("Keep my choices"),
        "back": _("Back"),
        "gain": _("What you get:"),
        "recipients": _("Who receives it:"),
        "privacy_choices": _("Privacy choices"),
        "kept": _("Your choice is kept."),
        "failed": _("That did not work, and nothing was changed. Try again in a minute."),
        "more": _("What %(company)s does with data", company=company),
        "signal": _(
            "Your browser asks every site not to sell or share your data (Global Privacy"
            " Control). We follow it. This stays off, also when you say yes to all:"
        ),
    }
    return {name: str(words) for name, words in said.items()}
