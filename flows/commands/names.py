"""What a person means: the code of a body by its name, a code that is known."""

from typing import Any

from flows.declared import nearest
from flows.errors import Text, UsageError
from flows.registry import Registry


def check_known(word: str, known: Any, kind: Text) -> None:
    """Raise UsageError for a code that is not known, with the nearest that is."""
    if word not in known:
        close = nearest(word, known)
        raise UsageError(
            f"unknown {kind.en} '{word}'.{f' Nearest: {close}.' if close else ''}",
            f"未知{kind.zh}“{word}”。{f'最接近：{close}。' if close else ''}",
        )


def find_body(registry: Registry, word: str) -> str:
    """Return the code of the body that a code or a name (Chinese or English) means."""
    names = {
        name.lower(): body.body_id
        for body in registry.bodies.values()
        for name in (
            body.body_id,
            body.name_zh,
            body.name_en,
            body.name_en.removesuffix(" District"),
            *body.former_names_zh,
        )
    }
    if word.lower() not in names:
        check_known(word, [*names, *registry.bodies], Text("body", "机关"))
    return names[word.lower()]
