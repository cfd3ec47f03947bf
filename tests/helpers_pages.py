"""What stands in the blocks of a Markdown page."""

import re


def blocks(text, *kinds):
    """[(kind, content)] of a page's blocks of these kinds, such as "python", in order."""
    return re.findall(rf"^```({'|'.join(kinds)})\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
