// SPDX-License-Identifier: GPL-2.0
/* screen: `dmctl top` on a terminal; see screen.h. */
#include <curses.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "screen.h"

#define TOP_LINES	3	/* the host, a blank line, and the head of the table */
#define KEY_ESCAPE	27

enum { COLOUR_HEAD = 1, COLOUR_LOW, COLOUR_WARNING };

/**
 * struct screen - what the user sees
 * @view: what is shown
 * @selected: the row of the cursor
 * @first: the first row on the screen
 * @help: the help is shown instead
 * @ended: the user has ended it
 */
struct screen {
	struct topview *view;
	size_t selected;
	size_t first;
	bool help;
	bool ended;
};

static const char *const help[] = {
	"Keys:",
	"  Up, Down, PgUp, PgDn, Home, End    move the cursor",
	"  N S D A R P    sort by name, status, demand, assigned, resident, pressure",
	"  < >, Left, Right    sort by the next column",
	"  I              reverse the order",
	"  Space          look again at once",
	"  H, F1, ?       this help; any key ends it",
	"  Q, F10         quit",
	"",
	"pressure is demand in percent of assigned. The last column is demand at the last looks.",
	"resident is what each node of the host holds of the VM.",
};

static atomic_bool stopped;	/* by a signal */

static void on_signal(int number)
{
	(void)number;
	stopped = true;
}

static void restore_terminal(void)
{
	if (!isendwin())
		endwin();
}

static void print_line(int y, const char *line, attr_t attr)
{
	move(y, 0);
	clrtoeol();
	attrset(attr);
	addnstr(line, strlen(line));
	attrset(A_NORMAL);
}

static attr_t attr_of(const struct screen *screen, size_t row)
{
	const struct topview_row *vm = &screen->view->row[row];

	if (row == screen->selected)
		return A_REVERSE;
	if (!strcmp(vm->status, "Warning"))
		return COLOR_PAIR(COLOUR_WARNING) | A_BOLD;
	if (!strcmp(vm->status, "Low"))
		return COLOR_PAIR(COLOUR_LOW);
	return vm->runs ? A_NORMAL : A_DIM;
}

static size_t rows_on_screen(void)
{
	int lines = getmaxy(stdscr);

	return lines > TOP_LINES ? lines - TOP_LINES : 0;
}

static void keep_selected_visible(struct screen *screen)
{
	size_t rows = rows_on_screen(), nr = screen->view->nr_rows;

	if (screen->selected >= nr)
		screen->selected = nr ? nr - 1 : 0;
	if (screen->selected < screen->first)
		screen->first = screen->selected;
	if (rows && screen->selected >= screen->first + rows)
		screen->first = screen->selected - rows + 1;
}

static void draw_help(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(help); i++)
		print_line(i, help[i], A_NORMAL);
}

static void draw(struct screen *screen)
{
	size_t columns = getmaxx(stdscr), end, i;
	char line[TOPVIEW_LINE];

	if (columns < TOPVIEW_WIDTH)
		columns = TOPVIEW_WIDTH;
	erase();
	if (screen->help) {
		draw_help();
		refresh();
		return;
	}
	/* Names of VMs are ASCII, so no line has characters that a terminal takes for commands. */
	topview_host_line(screen->view, line, columns);
	print_line(0, line, A_BOLD);
	topview_head_line(screen->view, line, columns);
	print_line(TOP_LINES - 1, line, COLOR_PAIR(COLOUR_HEAD) | A_BOLD);
	keep_selected_visible(screen);
	end = screen->first + rows_on_screen();
	if (end > screen->view->nr_rows)
		end = screen->view->nr_rows;
	for (i = screen->first; i < end; i++) {
		topview_row_line(screen->view, i, line, columns);
		print_line(TOP_LINES + i - screen->first, line, attr_of(screen, i));
	}
	/* On a narrow terminal the rest of each line was on the next one. */
	move(TOP_LINES + end - screen->first, 0);
	clrtobot();
	refresh();
}

static void sort_by(struct screen *screen, int key)
{
	screen->view->key = (key + TOPVIEW_KEYS) % TOPVIEW_KEYS;
	topview_sort(screen->view);
}

static void move_cursor(struct screen *screen, long rows)
{
	long row = (long)screen->selected + rows, last = (long)screen->view->nr_rows - 1;

	screen->selected = row < 0 ? 0 : row > last ? (last < 0 ? 0 : last) : row;
}

/* Return: whether the user wants another look at once. */
static bool handle_key(struct screen *screen, int key)
{
	static const char letters[] = "nsdarp";	/* in the order of enum topview_key */
	const char *letter = key > 0 && key < 128 ? strchr(letters, key | ('a' - 'A')) : NULL;
	long page = rows_on_screen();

	if (screen->help) {
		screen->help = false;
		return false;
	}
	if (letter && *letter) {
		sort_by(screen, letter - letters);
		return false;
	}
	switch (key) {
	case 'q': case 'Q': case KEY_F(10): case KEY_ESCAPE:
		screen->ended = true;
		break;
	case 'h': case 'H': case '?': case KEY_F(1):
		screen->help = true;
		break;
	case 'i': case 'I':
		screen->view->reverse = !screen->view->reverse;
		topview_sort(screen->view);
		break;
	case '<': case KEY_LEFT:
		sort_by(screen, screen->view->key - 1);
		break;
	case '>': case KEY_RIGHT:
		sort_by(screen, screen->view->key + 1);
		break;
	case KEY_UP:
		move_cursor(screen, -1);
		break;
	case KEY_DOWN:
		move_cursor(screen, 1);
		break;
	case KEY_PPAGE:
		move_cursor(screen, -page);
		break;
	case KEY_NPAGE:
		move_cursor(screen, page);
		break;
	case KEY_HOME:
		move_cursor(screen, -(long)screen->view->nr_rows);
		break;
	case KEY_END:
		move_cursor(screen, screen->view->nr_rows);
		break;
	case ' ':
		return true;
	}
	return false;
}

/*
 * Waits for a key or a signal. getch() would go on after a signal, so signals come here only.
 * Return: false if the terminal is gone
 */
static bool wait_for_key(int ms)
{
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t none;

	sigemptyset(&none);
	return ppoll(&input, 1, &time, &none) <= 0 || !(input.revents & ~POLLIN);
}

/* Shows one look, and handles keys until the next one is due. */
static void show(struct screen *screen, int delay)
{
	int64_t end = clock_ms() + delay;
	bool again = false;
	int key;

	while (!again && !screen->ended && !stopped && clock_left(end)) {
		draw(screen);
		if (!wait_for_key(clock_left(end)))
			screen->ended = true;
		while (!again && !screen->ended) {
			key = getch();
			if (key == ERR)
				break;
			again = handle_key(screen, key);
		}
	}
}

static bool begin(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t all;
	size_t i;

	if (!newterm(NULL, stdout, stdin))
		return false;
	atexit(restore_terminal);
	sigemptyset(&all);
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], &action, NULL);
		sigaddset(&all, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &all, NULL);
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	if (has_colors()) {
		start_color();
		use_default_colors();
		init_pair(COLOUR_HEAD, COLOR_CYAN, -1);
		init_pair(COLOUR_LOW, COLOR_YELLOW, -1);
		init_pair(COLOUR_WARNING, COLOR_RED, -1);
	}
	return true;
}

bool screen_run(struct topview *view, int delay, bool (*look)(struct topview *view))
{
	struct screen screen = { .view = view };

	if (!begin())
		return false;
	while (!screen.ended && !stopped && look(view))
		show(&screen, delay);
	restore_terminal();
	return true;
}
