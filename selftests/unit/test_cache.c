// SPDX-License-Identifier: GPL-2.0
/*
 * Tests how much memory beyond demand a guest gets if it reads files again. The simulated guest has
 * programs that read files in a circle, and a page cache of blocks of 1 MiB. The page cache drops
 * the block that was used longest ago.
 */
#include "unit.h"

#include "policy/cache.h"

#define BLOCKS 8192

#define NONE BLOCKS

/*
 * The blocks of all files. The page cache is a list of blocks, from the block that was used longest
 * ago to the block that was used last. The head of the list is element NONE of @older and @newer.
 * This element belongs to no block.
 */
static struct {
	unsigned int older[BLOCKS + 1], newer[BLOCKS + 1];
	bool cached[BLOCKS];
	bool known[BLOCKS];	/* the block has been read before */
	unsigned int nr, at;
	u64 reread;		/* how often a known block had to be read from disk */
} pages;

static struct dynmem_cache cache;
static u64 now_ms;
static u64 granted;	/* MiB that are granted beyond demand */
static u64 most;
static u64 least;	/* MiB of page cache for which the guest has memory in any case */
static u64 room;	/* MiB beyond demand that the host can grant */
static u64 step;	/* MiB; see struct dynmem_cache_input */

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

/* Reads block @i. Returns whether it had to come from disk. */
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

/*
 * Simulates a second, in which a program reads @size blocks in a circle. At most @speed blocks can
 * come from disk in that time.
 */
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

/* Simulates @seconds. Returns the MiB that were read back. */
static u64 seconds(unsigned int seconds, unsigned int size, unsigned int speed)
{
	u64 before = pages.reread;

	while (seconds--)
		second(size, speed);
	return pages.reread - before;
}

/*
 * A guest with 150 MiB of cache reads 500 MiB of files in a circle, at 17 MiB/s. A pass takes 30 s,
 * and the third pass needs no disk.
 */
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

/* The result is the same if the disk can read all the files in a second. */
static void a_fast_disk_makes_no_difference(void **state)
{
	start(150, 1200);
	seconds(2, 500, 500);
	assert_in_range(seconds(5, 500, 500), 300, 1100);
	assert_int_equal(seconds(60, 500, 500), 0);
}

/*
 * Files of 4 GiB never fit into the 1350 MiB that the guest can have. Its cache grows until the
 * guest has all memory that it can have. This has not helped, so all of the growth is undone.
 */
static void what_never_fits_is_given_up(void **state)
{
	u64 first;

	start(150, 1200);
	seconds(41, 4096, 100);
	seconds(20, 4096, 100);
	assert_int_equal(cache.won, 0);
	assert_true(cache.until_ms > now_ms);
	/* Later attempts end in the same way, after longer and longer pauses. */
	first = cache.backoff_ms;
	seconds(first / 1000 + 20, 4096, 100);
	assert_int_equal(cache.won, 0);
	assert_int_equal(cache.backoff_ms, 2 * first);
	seconds(4 * 3600, 4096, 100);
	assert_int_equal(cache.backoff_ms, DYNMEM_CACHE_BACKOFF_MAX_MS);
}

/*
 * The program ends when the guest has all memory that it can have. So nothing shows whether the
 * growth has helped, and the growth is undone.
 */
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

/*
 * The files just fit, and stay in use. At times the policy takes a part of their memory away, to
 * see whether that part is in use. The guest reads the part back, and gets its memory back.
 */
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

/*
 * The host cannot grant any memory. So @won rises by at most a step, and this growth is undone,
 * since it does not help.
 */
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

/*
 * The guest has read its files for the last time. Nine minutes later it still has the memory for
 * these files. After another half an hour it has none of that memory.
 */
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

/*
 * The files stay in use. A decay (see policy/cache.h) takes a part of their memory, and the guest
 * reads that part back. So the decay is undone at once, and the wait for the next decay is twice as
 * long.
 */
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
	/* There are three decays. Each lasts until a report shows that the guest reads back. */
	assert_in_range(low, 3, 9);
	assert_in_range(reread, 1, 4 * 150);
	assert_true(cache.decay_ms >= 4ULL * DYNMEM_CACHE_DECAY_MS);
}

/*
 * After its files have been cached, the guest reads a larger set of files. Its cache grows for this
 * set at once.
 */
static void another_set_is_tried_at_once(void **state)
{
	start(150, 1200);
	seconds(90, 300, 17);
	assert_int_equal(seconds(60, 300, 17), 0);
	seconds(200, 900, 17);
	assert_int_equal(seconds(60, 900, 17), 0);
	assert_in_range(cache.won, MIB(700), MIB(1200));
}

/*
 * The host had too little memory for the guest's files, so growth pauses. When the host has clearly
 * more memory, growth goes on before the pause is over.
 */
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

/*
 * The guest has had all memory that it may have, and its files did not fit. So growth pauses. This
 * pause does not end early when the host has more memory, since more memory would not help.
 */
static void no_room_helps_what_never_fits(void **state)
{
	start(150, 1200);
	seconds(60, 4096, 100);
	assert_true(cache.until_ms > now_ms + 15000);
	room = 4096;
	seconds(15, 4096, 100);
	assert_int_equal(granted, 0);
}

/*
 * For a minute programs need most of the memory that the guest had for its files. After that minute
 * the guest gets this memory back at once, since the host still knows how much the files need.
 */
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

/*
 * dynmem_cache_keep() reports that the guest was hurt when it had less than 400 MiB beyond demand.
 * From this call on the guest keeps 400 MiB.
 */
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

/*
 * Growth pauses, because the host had too little memory. The host has more memory before the pause
 * is over, so growth begins again. Then the host can grant nothing more. This growth is judged
 * nevertheless, and undone.
 */
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

/*
 * Growth is undone twice, and pauses each time. The first time the host has too little memory. This
 * pause ends early, when the host has more. The second time the guest has all memory that it may
 * have, and its program ends. This pause does not end early, however much memory the host has.
 */
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

/*
 * During a long peak of demand the guest has little cache and reads nothing back. The decay takes a
 * part of the memory that the guest really has for its cache, not of the larger @won.
 */
static void a_long_peak_lets_the_cold_decay(void **state)
{
	start(150, 1200);
	seconds(120, 500, 17);
	assert_true(cache.won > MIB(300));
	most = 100;
	seconds(700, 0, 0);
	assert_true(cache.won <= MIB(75));
}

/*
 * For a large guest a rise of 256 MiB is within dynmem_pacing_slack(), so it would not be granted.
 * @step lets the cache grow by more.
 */
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

/*
 * A guest claims to read back absurd amounts. It gets no more than it may have, and in the end this
 * growth is undone.
 */
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
