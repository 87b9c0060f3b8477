/* common.c - the passwords that people use most, of 8 characters or more, in small letters and sorted; and those of the
 * operator's own list, which is read once: see policy.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "ingress/account/policy.h"

#define LONGEST 64
#define LIST_BYTES (256 << 20)

static const char *const words[] = {
	"00000000",
	"0000000000",
	"0123456789",
	"10203040",
	"102030405",
	"11111111",
	"1111111111",
	"11223344",
	"112233445566",
	"123123123",
	"12341234",
	"12344321",
	"123456789",
	"1234567890",
	"12345678910",
	"123456aa",
	"123456ab",
	"123456abc",
	"12345abc",
	"1234abcd",
	"1234qwer",
	"123654789",
	"123abc123",
	"123qwe123",
	"12qwaszx",
	"13579246",
	"147258369",
	"1a2b3c4d",
	"1q2w3e4r",
	"1q2w3e4r5t",
	"1qaz2wsx",
	"1qazxsw2",
	"22222222",
	"24681012",
	"31415926",
	"314159265",
	"33333333",
	"44444444",
	"55555555",
	"66666666",
	"77777777",
	"789456123",
	"87654321",
	"88888888",
	"987654321",
	"9876543210",
	"99999999",
	"a1b2c3d4",
	"aa123456",
	"abc12345",
	"abcd1234",
	"abcdefgh",
	"abcdefghi",
	"admin123",
	"admin1234",
	"admin12345",
	"adminadmin",
	"administrateur",
	"administrator",
	"arsenal123",
	"asd12345",
	"asdf1234",
	"asdfasdf",
	"asdfghjkl",
	"ashley123",
	"asshole1",
	"autumn2024",
	"autumn2025",
	"azerty12",
	"azerty123",
	"azerty1234",
	"azertyuiop",
	"babygirl1",
	"barcelona",
	"baseball",
	"baseball1",
	"basketball",
	"batman123",
	"bienvenue",
	"bienvenue1",
	"blink182",
	"bonjour1",
	"bonjour123",
	"bullshit",
	"butterfly",
	"changeit",
	"changeme",
	"changeme1",
	"changeme123",
	"charlie1",
	"charlotte",
	"cheese123",
	"chelsea123",
	"chocolat",
	"company1",
	"company123",
	"computer",
	"computer1",
	"cookie123",
	"correcthorsebatterystaple",
	"corvette",
	"daniel123",
	"december1",
	"default1",
	"dolphins",
	"doudou123",
	"dragon123",
	"dropbox1",
	"elephant",
	"entreprise",
	"facebook",
	"facebook1",
	"fatdaddy",
	"football",
	"football1",
	"freedom1",
	"fuckyou1",
	"fuckyou123",
	"google123",
	"guest123",
	"guest1234",
	"guichet1",
	"guichet123",
	"helpdesk",
	"helpdesk1",
	"hockey123",
	"hunter123",
	"hunter22",
	"iloveyou",
	"iloveyou1",
	"iloveyou2",
	"internet",
	"internet1",
	"january1",
	"jennifer",
	"jessica1",
	"jetaime1",
	"jetaime123",
	"jordan23",
	"killer123",
	"letmein1",
	"letmein123",
	"letmeinnow",
	"linkedin",
	"liverpool",
	"liverpool1",
	"loulou123",
	"lovelove",
	"loveme123",
	"marseille",
	"master12",
	"master123",
	"maverick",
	"metallica",
	"michael1",
	"michelle",
	"midnight",
	"minecraft",
	"minecraft1",
	"monkey123",
	"motdepasse",
	"motdepasse1",
	"mustang1",
	"naruto123",
	"nathalie",
	"nicole123",
	"p@ssw0rd",
	"p@ssword",
	"pa$$word",
	"pa55word",
	"passw0rd",
	"password1",
	"password12",
	"password123",
	"password1234",
	"passwort",
	"pokemon1",
	"pokemon123",
	"princess",
	"princess1",
	"pussycat",
	"q1w2e3r4",
	"qazwsxedc",
	"qweasd123",
	"qweasdzxc",
	"qwer1234",
	"qwerty12",
	"qwerty123",
	"qwerty1234",
	"qwertyuiop",
	"qwertzuiop",
	"rangers1",
	"redskins",
	"root1234",
	"samantha",
	"samsung1",
	"samsung123",
	"secret12",
	"secret123",
	"shadow12",
	"shadow123",
	"slipknot",
	"snoopy123",
	"soccer123",
	"soleil123",
	"spiderman",
	"spring2024",
	"spring2025",
	"starwars",
	"starwars1",
	"steelers",
	"summer2023",
	"summer2024",
	"summer2025",
	"summer2026",
	"sunshine",
	"sunshine1",
	"superman",
	"superman1",
	"support1",
	"support123",
	"test1234",
	"test12345",
	"testing1",
	"testing123",
	"testtest",
	"toor1234",
	"trustno1",
	"welcome1",
	"welcome12",
	"welcome123",
	"whatever",
	"whatever1",
	"willkommen",
	"windows10",
	"winter2023",
	"winter2024",
	"winter2025",
	"winter2026",
	"zaq12wsx",
	"zxcvbnm1",
	"zxcvbnm123",
};

/* The operator's: lines of listed, sorted. */
static char **listed;
static size_t listed_count;

static void make_small(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text | 0x20);
}

static int compare(const void *wanted, const void *word)
{
	return strcmp(wanted, *(const char *const *)word);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The whole file, which stays in memory, ended by NUL; NULL: it cannot be read, or is too large. */
static char *read_list(const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	char *text = NULL;

	if (file && fstat(fileno(file), &st) == 0 && st.st_size <= LIST_BYTES) {
		text = calloc(1, (size_t)st.st_size + 1);
		if (!text)
			abort();
		if (fread(text, 1, (size_t)st.st_size, file) != (size_t)st.st_size) {
			free(text);
			text = NULL;
		}
	}
	if (file)
		fclose(file);
	return text;
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	while ((text = strchr(text, '\n'))) {
		count++;
		text++;
	}
	return count;
}

bool policy_list_load(const char *path)
{
	char *rest = read_list(path), *line;

	if (!rest)
		return false;
	listed = calloc(count_lines(rest), sizeof *listed);
	if (!listed)
		abort();
	make_small(rest);
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, "\r")] = '\0';
		if (*line)
			listed[listed_count++] = line;
	}
	qsort(listed, listed_count, sizeof *listed, compare_lines);
	return true;
}

bool policy_is_common(struct text password)
{
	char small[LONGEST];

	if (password.len >= sizeof small)
		return false;
	memcpy(small, password.data, password.len);
	small[password.len] = '\0';
	make_small(small);
	return bsearch(small, words, sizeof words / sizeof *words, sizeof *words, compare) ||
	       (listed_count && bsearch(small, listed, listed_count, sizeof *listed, compare));
}
