// SPDX-License-Identifier: GPL-2.0
/*
 * The words of a script: quotes, comments and variables, which U-Boot's shell and the
 * shell that reads ImageBuilder's config have in common. Nothing is executed.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "text.h"

/* Says what is wrong, and where; false, so that it can be returned. */
bool boot_complain(struct boot *boot, const char *format, ...)
{
	char *text = next_text();
	va_list args;

	va_start(args, format);
	vsnprintf(text, TEXT_ROOM, format, args);
	va_end(args);
	if (boot->line)
		complain(boot->file, "line %u: %s", boot->line, text);
	else
		complain(boot->file, "%s", text);
	boot->failed = true;
	return false;
}

const char *get_pair(const struct pairs *pairs, const char *name)
{
	for (unsigned int i = 0; i < pairs->nr; i += 2)
		if (!strcmp(pairs->list[i], name))
			return pairs->list[i + 1];
	return NULL;
}

static char *copy(const char *text)
{
	char *new = strdup(text);

	if (!new)
		out_of_memory();
	return new;
}

void set_pair(struct pairs *pairs, const char *name, const char *value)
{
	unsigned int i = 0;

	while (i < pairs->nr && strcmp(pairs->list[i], name))
		i += 2;
	if (i < pairs->nr) {
		free(pairs->list[i + 1]);
	} else {
		pairs->list = resize(pairs->list, i + 2, sizeof(*pairs->list));
		pairs->list[i] = copy(name);
		pairs->nr += 2;
	}
	pairs->list[i + 1] = copy(value);
}

void free_pairs(struct pairs *pairs)
{
	for (unsigned int i = 0; i < pairs->nr; i++)
		free(pairs->list[i]);
	free(pairs->list);
	*pairs = (struct pairs){ };
}

/* A word that grows. */
struct word {
	FILE *stream;
	char *text;
	size_t size;
};

/*
 * ${name} or $name: its value; a variable that nobody set stays as it is written, so that
 * a message can name it.
 */
static const char *expand(struct boot *boot, const char *at, FILE *word)
{
	bool braces = at[1] == '{';
	const char *name = at + 1 + braces, *end = name, *value;
	char *text;

	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == name || (braces && *end != '}')) {
		fputc('$', word);
		return at + 1;
	}
	text = strndup(name, end - name);
	if (!text)
		out_of_memory();
	value = get_pair(&boot->variables, text);
	if (value)
		fputs(value, word);
	else
		fprintf(word, "${%s}", text);
	free(text);
	return end + braces;
}

/* What is between quotes, from the first on; NULL: they do not end. */
static const char *read_quoted(struct boot *boot, const char *at, FILE *word)
{
	unsigned int first = boot->line;
	char quote = *at++;

	while (*at && *at != quote) {
		if (*at == '\n')
			boot->line++;
		if (quote == '"' && *at == '\\' && at[1] == '\n') {
			boot->line++;
			at += 2;
		} else if (quote == '"' && *at == '\\' && at[1] && strchr("\"\\$`", at[1])) {
			fputc(at[1], word);
			at += 2;
		} else if (quote == '"' && *at == '$') {
			at = expand(boot, at, word);
		} else {
			fputc(*at++, word);
		}
	}
	if (*at)
		return at + 1;
	boot->line = first;
	boot_complain(boot, "a quote (%c) that does not end", quote);
	return NULL;
}

static const char *read_word(struct boot *boot, const char *at, FILE *word)
{
	while (at && *at && !isspace((unsigned char)*at) && *at != ';') {
		if (*at == '"' || *at == '\'') {
			at = read_quoted(boot, at, word);
		} else if (*at == '$') {
			at = expand(boot, at, word);
		} else {
			at += *at == '\\' && at[1];
			fputc(*at++, word);
		}
	}
	return at;
}

static bool add_word(struct boot *boot)
{
	struct word word = { };

	if (boot->nr_words == MAX_WORDS)
		return boot_complain(boot, "more than %u words", MAX_WORDS);
	word.stream = open_memstream(&word.text, &word.size);
	if (!word.stream)
		out_of_memory();
	boot->at = read_word(boot, boot->at, word.stream);
	fclose(word.stream);
	boot->words[boot->nr_words++] = word.text;
	return boot->at;
}

/**
 * next_command() - read the words of the next command that has any
 * @boot: script
 *
 * Return: whether there is one.
 */
bool next_command(struct boot *boot)
{
	while (boot->nr_words)
		free(boot->words[--boot->nr_words]);
	while (boot->at && *boot->at && !boot->failed) {
		char c = *boot->at;

		/* A command that ends here is of this line, not of the next. */
		if (!boot->nr_words && c == '\n')
			boot->line++;
		if (c == '\n' || c == ';') {
			if (boot->nr_words)
				return true;
			boot->at++;
		} else if (c == '#') {
			boot->at += strcspn(boot->at, "\n");
		} else if (c == '\\' && (boot->at[1] == '\n' || boot->at[1] == '\r')) {
			boot->at += 1 + strspn(boot->at + 1, "\r");
			boot->line += *boot->at == '\n';
			boot->at += *boot->at == '\n';
		} else if (isspace((unsigned char)c)) {
			boot->at++;
		} else if (!add_word(boot)) {
			return false;
		}
	}
	return boot->nr_words && !boot->failed;
}
