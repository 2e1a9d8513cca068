/* SPDX-License-Identifier: GPL-2.0 */
/* similar: finds the word that a misspelt word was probably meant to be. Does no I/O. */
#ifndef DMCTL_SIMILAR_H
#define DMCTL_SIMILAR_H

/**
 * similar_word() - find the word that is most similar to a misspelt one
 * @word: the misspelt word
 * @words: the words to choose from, and then NULL
 *
 * Two words are similar if one becomes the other by few edits: a letter that is added, left out or
 * replaced, or two neighbours that change places. Their case does not matter. A word of four
 * letters or more may have two edits, and a shorter one may have one.
 *
 * Return: the word with the fewest edits, the first one if several have as few; NULL: none is
 * similar
 */
const char *similar_word(const char *word, const char *const *words);

#endif
