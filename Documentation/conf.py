# SPDX-License-Identifier: GPL-2.0
# Settings for Sphinx, which `make docs` runs.
import pathlib
import re

version = re.search(r'DYNMEM_VERSION\s+"([^"]*)"',
                    pathlib.Path('../include/version.h').read_text(encoding='utf-8'))[1]
release = version
project = 'dynmem'
html_title = f'dynmem {version}'
html_show_copyright = False
extensions = ['myst_parser']
myst_heading_anchors = 4
html_theme = 'alabaster'
html_theme_options = {'description': 'Dynamic Memory for KVM', 'page_width': '70em'}


def read_page(_app, _page, source):
    """Makes of Markdown's links, which lead to files of the repository, links to pages."""
    # Files outside this folder are no pages.
    text = re.sub(r'\[([^\]]*)\]\(\.\./[^)]*\)', r'\1', source[0])
    source[0] = re.sub(r'\[([^\]]*)\]\(([a-z]+)\.rst(#[^)]*)\)', r'<a href="\2.html\3">\1</a>', text)


def link_pages(_app, tree, _page):
    """The same for links of reStructuredText. Numbers of sections are no part of their anchors."""
    for link in tree.findall(lambda node: 'refuri' in node):
        uri = re.sub(r'^man/(.*)$', r'\1.html', link['refuri'])
        link['refuri'] = re.sub(r'^([a-z]+)\.(?:md|rst)(#|$)(?:\d+-)?', r'\1.html\2', uri)


def setup(app):
    """Is called by Sphinx."""
    app.connect('source-read', read_page)
    app.connect('doctree-resolved', link_pages)
