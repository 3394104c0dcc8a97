// SPDX-License-Identifier: GPL-2.0
/*
 * The report on a terminal, again and again.
 */
#include <errno.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rates.h"
#include "views.h"

/* A report cut into lines, and what part of it is shown */
struct page {
	char *text;
	size_t size;
	int first;	/* line at the top */
	int lines;
};

static int render(struct page *page, const struct top_snapshot *before,
		  const struct top_snapshot *after)
{
	FILE *out;

	free(page->text);
	page->text = NULL;
	out = open_memstream(&page->text, &page->size);
	if (!out)
		return -errno;
	text_report(out, before, after);
	if (fclose(out))
		return -errno;

	page->lines = 0;
	for (const char *c = page->text; *c; c++)
		page->lines += *c == '\n';
	return 0;
}

/* The lines of headings are the ones that begin with one. */
static bool is_heading(const char *line)
{
	return !strncmp(line, "NODE ", 5);
}

static void draw(struct page *page, double seconds)
{
	char *line = page->text;
	int last = page->lines - (LINES - 2);

	if (page->first > last)
		page->first = last;
	if (page->first < 0)
		page->first = 0;

	erase();
	if (seconds > 0)
		mvprintw(0, 0, "gpreempt-top: last %.1f s; q quits, arrows scroll", seconds);
	else
		mvprintw(0, 0, "gpreempt-top: since the driver was loaded; q quits");
	for (int number = 0; line && *line; number++) {
		char *end = strchr(line, '\n');
		int row = number - page->first + 1;

		if (row > 0 && row < LINES) {
			if (is_heading(line))
				attron(A_REVERSE);
			mvaddnstr(row, 0, line, end - line < COLS ? (int)(end - line) : COLS);
			attroff(A_REVERSE);
		}
		line = end + 1;
	}
	refresh();
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* Answers keys until the next report is due. Returns false to quit. */
static bool keys(struct page *page, double seconds, uint64_t due_ms)
{
	for (;;) {
		uint64_t now = now_ms();

		if (now >= due_ms)
			return true;
		timeout((int)(due_ms - now));
		switch (getch()) {
		case 'q':
			return false;
		case KEY_DOWN:
			page->first++;
			break;
		case KEY_UP:
			page->first--;
			break;
		case KEY_NPAGE:
			page->first += LINES - 2;
			break;
		case KEY_PPAGE:
			page->first -= LINES - 2;
			break;
		case KEY_HOME:
			page->first = 0;
			break;
		case KEY_RESIZE:
			break;
		default:
			continue;
		}
		draw(page, seconds);
	}
}

/**
 * screen_run - show reports until the user quits
 * @opt: where to read, and how often
 *
 * Return: 0 or a negative errno.
 */
int screen_run(const struct top_options *opt)
{
	struct top_snapshot before = { 0 }, after;
	struct page page = { 0 };
	bool go_on = true;
	SCREEN *terminal;
	int ret = 0;

	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return -ENOTTY;
	cbreak();
	noecho();
	keypad(stdscr, true);
	curs_set(0);

	while (go_on && !ret) {
		double seconds;

		ret = views_read(opt, &after);
		seconds = rates_seconds(&before, &after);
		if (!ret)
			ret = render(&page, &before, &after);
		if (!ret) {
			draw(&page, seconds);
			go_on = keys(&page, seconds,
				     now_ms() + (uint64_t)(opt->interval_s * 1e3));
		}
		model_free(&before);
		before = after;
	}

	endwin();
	delscreen(terminal);
	model_free(&before);
	free(page.text);
	return ret;
}
