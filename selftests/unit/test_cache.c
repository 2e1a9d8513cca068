// SPDX-License-Identifier: GPL-2.0
/*
 * What pays for guests that read files again. The guest here has a page cache that drops what was
 * used longest ago, of blocks of 1 MiB, and programs that read files in a circle.
 */
#include "unit.h"

#include "policy/cache.h"

#define BLOCKS 8192

#define NONE BLOCKS

/*
 * Blocks of files, the page cache as a list from what was used longest ago to what was used last;
 * the head of that list is behind the last block.
 */
static struct {
	unsigned int older[BLOCKS + 1], newer[BLOCKS + 1];
	bool cached[BLOCKS];
	bool known[BLOCKS];	/* it has been read before */
	unsigned int nr, at;
	u64 reread;		/* blocks */
} pages;

static struct dynmem_cache cache;
static u64 now_ms;
static u64 granted;	/* MiB beyond demand */
static u64 most;
static u64 least;	/* MiB of cache that a guest has in any case */
static u64 room;	/* MiB beyond demand that the host can grant */
static u64 step;	/* MiB */

static void start(u64 its_least, u64 its_most)
{
	memset(&pages, 0, sizeof(pages));
	pages.older[NONE] = NONE;
	pages.newer[NONE] = NONE;
	memset(&cache, 0, sizeof(cache));
	now_ms = 1000;
	granted = 0;
	least = its_least;
	most = its_most;
	room = its_most;
	step = 0;
}

static void forget(unsigned int i)
{
	pages.newer[pages.older[i]] = pages.newer[i];
	pages.older[pages.newer[i]] = pages.older[i];
	pages.cached[i] = false;
	pages.nr--;
}

static void shrink(void)
{
	while (pages.nr > least + granted)
		forget(pages.newer[NONE]);
}

/* Returns whether it had to come from disk. */
static bool read_block(unsigned int i)
{
	bool from_disk = !pages.cached[i];

	pages.reread += from_disk && pages.known[i];
	pages.known[i] = true;
	if (!from_disk)
		forget(i);
	pages.older[i] = pages.older[NONE];
	pages.newer[i] = NONE;
	pages.newer[pages.older[NONE]] = i;
	pages.older[NONE] = i;
	pages.cached[i] = true;
	pages.nr++;
	shrink();
	return from_disk;
}

static void look(u64 report_ms, u64 reread, u64 has, u64 its_most, u64 spare)
{
	dynmem_cache_look(&cache, &(struct dynmem_cache_input) {
		.report_ms = report_ms, .reread = reread, .has = has, .most = its_most,
		.spare = spare, .step = step * DYNMEM_MIB,
	});
}

/* A second in which @speed blocks can be read from disk, of files of @size in a circle. */
static void second(unsigned int size, unsigned int speed)
{
	unsigned int i;

	for (i = 0; i < size && speed; i++) {
		pages.at = (pages.at + 1) % size;
		speed -= read_block(pages.at);
	}
	now_ms += 1000;
	look(now_ms, pages.reread * DYNMEM_MIB, granted * DYNMEM_MIB, most * DYNMEM_MIB,
	     (room - min(room, granted)) * DYNMEM_MIB);
	granted = min(dynmem_cache_pays(&cache) / DYNMEM_MIB, room);
	shrink();
}

/* Returns MiB read back in @seconds. */
static u64 seconds(unsigned int seconds, unsigned int size, unsigned int speed)
{
	u64 before = pages.reread;

	while (seconds--)
		second(size, speed);
	return pages.reread - before;
}

/* 500 MiB at 17 MiB/s, 150 MiB of cache: a pass takes 30 s, and the third needs no disk. */
static void what_fits_is_read_back_once(void **state)
{
	start(150, 1200);
	assert_int_equal(seconds(29, 500, 17), 0);
	assert_in_range(seconds(36, 500, 17), 300, 550);
	assert_in_range(seconds(60, 500, 17), 0, 25);
	assert_int_equal(seconds(60, 500, 17), 0);
	assert_in_range(cache.won, MIB(350), MIB(520));
	assert_int_equal(cache.backoff_ms, 0);
}

/* A disk that reads all of it in a second makes no difference. */
static void a_fast_disk_makes_no_difference(void **state)
{
	start(150, 1200);
	seconds(2, 500, 500);
	assert_in_range(seconds(5, 500, 500), 300, 1100);
	assert_int_equal(seconds(60, 500, 500), 0);
}

/* 4 GiB never fit into 1.5: it grows while that may yet help, and then has nothing of it. */
static void what_never_fits_is_given_up(void **state)
{
	u64 first;

	start(150, 1200);
	seconds(41, 4096, 100);
	seconds(20, 4096, 100);
	assert_int_equal(cache.won, 0);
	assert_true(cache.until_ms > now_ms);
	/* The same again and again, ever more rarely. */
	first = cache.backoff_ms;
	seconds(first / 1000 + 20, 4096, 100);
	assert_int_equal(cache.won, 0);
	assert_int_equal(cache.backoff_ms, 2 * first);
	seconds(4 * 3600, 4096, 100);
	assert_int_equal(cache.backoff_ms, DYNMEM_CACHE_BACKOFF_MAX_MS);
}

/* The reading ends when the guest has all that it can have. Nothing shows if that helps. */
static void a_reader_that_ends_keeps_nothing(void **state)
{
	unsigned int i;

	start(150, 700);
	for (i = 0; i < 200 && cache.won < MIB(700); i++)
		second(4096, 100);
	assert_int_equal(cache.won, MIB(700));
	seconds(60, 0, 0);
	assert_int_equal(cache.won, 0);
}

/* Files that just fit are in use: a part is let go once, and is read back. */
static void files_that_just_fit_stay(void **state)
{
	start(150, 700);
	seconds(120, 840, 40);
	assert_in_range(seconds(3600, 840, 40), 0, 3 * 840);
	assert_in_range(cache.won, MIB(690), MIB(700));
}

/* A backup reads everything once. */
static void what_is_read_once_gives_nothing(void **state)
{
	start(150, 1200);
	seconds(60, 8000, 100);
	assert_int_equal(cache.won, 0);
	assert_int_equal(cache.backoff_ms, 0);
}

/* What it has been given has no use while others have that memory. */
static void no_further_than_it_is_granted(void **state)
{
	unsigned int i;

	start(150, 1200);
	seconds(30, 500, 17);
	room = 0;
	for (i = 0; i < 30; i++) {
		second(500, 17);
		assert_true(cache.won <= DYNMEM_CACHE_STEP);
	}
	assert_int_equal(cache.won, 0);
	assert_int_not_equal(cache.until_ms, 0);
}

/* The guest has read its files for the last time: half an hour later the memory is free. */
static void what_is_cold_decays(void **state)
{
	start(150, 1200);
	seconds(90, 500, 17);
	assert_true(cache.won > MIB(300));
	seconds(540, 0, 0);
	assert_true(cache.won > MIB(300));
	seconds(1800, 0, 0);
	assert_int_equal(cache.won, 0);
}

/* Files in use: a decay is read back and undone at once, and the next comes twice as late. */
static void what_is_in_use_stays(void **state)
{
	unsigned int i, low = 0;
	u64 before, reread = 0;

	start(150, 1200);
	seconds(90, 500, 17);
	before = cache.won;
	for (i = 0; i < 2 * 3600; i++) {
		reread += seconds(1, 500, 17);
		low += cache.won < before;
		assert_true(cache.won <= before + MIB(64));
	}
	/* Three times, each for as long as it takes to see that it reads back. */
	assert_in_range(low, 3, 9);
	assert_in_range(reread, 1, 4 * 150);
	assert_true(cache.decay_ms >= 4ULL * DYNMEM_CACHE_DECAY_MS);
}

/* A second set of files after the first one fitted. */
static void another_set_is_tried_at_once(void **state)
{
	start(150, 1200);
	seconds(90, 300, 17);
	assert_int_equal(seconds(60, 300, 17), 0);
	seconds(200, 900, 17);
	assert_int_equal(seconds(60, 900, 17), 0);
	assert_in_range(cache.won, MIB(700), MIB(1200));
}

/* The host had too little for its files, and gets more: growth does not wait for its turn. */
static void room_ends_the_pause(void **state)
{
	start(150, 1200);
	room = 100;
	seconds(200, 500, 17);
	assert_true(cache.until_ms > now_ms + 15000);
	assert_int_equal(granted, 0);
	room = 300;
	second(500, 17);
	assert_int_equal(granted, 0);
	room = 1200;
	seconds(60, 500, 17);
	assert_int_equal(seconds(60, 500, 17), 0);
}

/* No pause of a guest that has had all that it may have ends early: more would not help. */
static void no_room_helps_what_never_fits(void **state)
{
	start(150, 1200);
	seconds(60, 4096, 100);
	assert_true(cache.until_ms > now_ms + 15000);
	room = 4096;
	seconds(15, 4096, 100);
	assert_int_equal(granted, 0);
}

/* Programs need the memory for a minute. What had been found out about the files is still true. */
static void a_peak_of_demand_forgets_nothing(void **state)
{
	u64 had;

	start(150, 1200);
	seconds(120, 500, 17);
	had = granted;
	most = 100;
	seconds(60, 500, 17);
	assert_true(granted <= 100);
	most = 1200;
	second(500, 17);
	assert_int_equal(granted, had);
}

/* It read back when it had less than 400 MiB: it keeps them from now on. */
static void what_hurt_to_lose_is_kept(void **state)
{
	start(150, 1200);
	second(500, 17);
	dynmem_cache_keep(&cache, MIB(400));
	second(500, 17);
	assert_int_equal(granted, 400);
	dynmem_cache_keep(&cache, MIB(300));
	assert_int_equal(seconds(120, 500, 17), 0);
	assert_int_equal(granted, 400);
}

/* The host takes back the room for which growth began before its time. */
static void growth_without_room_is_judged(void **state)
{
	unsigned int i;

	start(150, 1200);
	room = 100;
	seconds(200, 500, 17);
	assert_true(cache.until_ms > now_ms + 60000);
	room = 600;
	for (i = 0; i < 20 && !granted; i++)
		second(500, 17);
	room = granted;
	assert_true(granted > 0);
	seconds(60, 500, 17);
	assert_int_equal(cache.won, 0);
}

/* The host had too little, then the guest had all, and the reader ended: that decides. */
static void doubt_ends_what_was_known_of_room(void **state)
{
	unsigned int i;

	start(150, 1200);
	room = 100;
	seconds(200, 4096, 100);
	assert_true(cache.too_little > 0);
	room = 1200;
	for (i = 0; i < 200 && cache.won < MIB(1200); i++)
		second(4096, 100);
	seconds(60, 0, 0);
	assert_int_equal(cache.won, 0);
	seconds(10, 4096, 100);
	assert_int_equal(cache.won, 0);
}

/* A long peak in which nothing is read back: what is cold decays from what the guest has. */
static void a_long_peak_lets_the_cold_decay(void **state)
{
	start(150, 1200);
	seconds(120, 500, 17);
	assert_true(cache.won > MIB(300));
	most = 100;
	seconds(700, 0, 0);
	assert_true(cache.won <= MIB(75));
}

/* Of a large guest's memory a rise of 256 MiB is within the slack. */
static void a_large_guest_grows_by_more(void **state)
{
	unsigned int i;

	start(150, 4096);
	room = 0;
	step = 600;
	for (i = 0; i < 100 && cache.won < MIB(600); i++)
		second(4096, 100);
	assert_int_equal(cache.won, MIB(600));
}

/* Whatever is said is read back: never more than it may have, and that is given up. */
static void a_guest_that_lies(void **state)
{
	u64 reread = 0;
	unsigned int i;

	memset(&cache, 0, sizeof(cache));
	for (i = 1; i < 1000; i++) {
		reread += GIB(1000);
		look(1000ULL * i, reread, cache.won, MIB(700), 0);
		assert_true(cache.won <= MIB(700));
	}
	assert_int_equal(cache.won, 0);
	look(1000ULL * i, ~0ULL, 0, ~0ULL, ~0ULL);
	look(1000ULL * i + 1000, 0, ~0ULL, ~0ULL, ~0ULL);
	assert_true(cache.won <= DYNMEM_PIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_is_read_back_once),
		cmocka_unit_test(a_fast_disk_makes_no_difference),
		cmocka_unit_test(what_never_fits_is_given_up),
		cmocka_unit_test(a_reader_that_ends_keeps_nothing),
		cmocka_unit_test(files_that_just_fit_stay),
		cmocka_unit_test(what_is_read_once_gives_nothing),
		cmocka_unit_test(no_further_than_it_is_granted),
		cmocka_unit_test(what_is_cold_decays),
		cmocka_unit_test(what_is_in_use_stays),
		cmocka_unit_test(another_set_is_tried_at_once),
		cmocka_unit_test(room_ends_the_pause),
		cmocka_unit_test(no_room_helps_what_never_fits),
		cmocka_unit_test(a_peak_of_demand_forgets_nothing),
		cmocka_unit_test(what_hurt_to_lose_is_kept),
		cmocka_unit_test(growth_without_room_is_judged),
		cmocka_unit_test(doubt_ends_what_was_known_of_room),
		cmocka_unit_test(a_long_peak_lets_the_cold_decay),
		cmocka_unit_test(a_large_guest_grows_by_more),
		cmocka_unit_test(a_guest_that_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
