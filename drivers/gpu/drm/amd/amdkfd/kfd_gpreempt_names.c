// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the words that files use for enums and sets, in both directions.
 */
#include <linux/string.h>
#include <linux/sysfs.h>

#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* What may stand between two words of a set, besides blanks. */
#define SEPARATORS	"+,"
#define BLANKS		" \t\n"

static const char * const class_words[] = {
	[KFD_GPREEMPT_AUTO] = "auto",
	[KFD_GPREEMPT_LC] = "lc",
	[KFD_GPREEMPT_BE] = "be",
	[KFD_GPREEMPT_SYSTEM] = "system",
};

/* The default way has no word: whoever wants it says nothing. */
static const char * const way_words[] = {
	[KFD_GPREEMPT_WAY_SAVE - 1] = "save",
	[KFD_GPREEMPT_WAY_DRAIN - 1] = "drain",
	[KFD_GPREEMPT_WAY_RESET - 1] = "reset",
};

/* Sets: word n stands for bit n. */
static const char * const trigger_words[] = { "timer", "event", "doorbell" };

static const char * const policy_words[] = {
	"preemptible", "lazy", "auto_deactivate",
};

static const char * const off_words[] = {
	"inversion", "throttled", "idle", "lazy", "held", "debt", "cus",
};

static const char * const unwatched_words[] = {
	[KFD_GPREEMPT_UNWATCHED_SVM] = "svm",
	[KFD_GPREEMPT_UNWATCHED_MISALIGNED] = "misaligned",
	[KFD_GPREEMPT_UNWATCHED_PART] = "part",
	[KFD_GPREEMPT_UNWATCHED_VRAM] = "vram",
	[KFD_GPREEMPT_UNWATCHED_FOREIGN] = "foreign",
	[KFD_GPREEMPT_UNWATCHED_MEMLOCK] = "memlock",
	[KFD_GPREEMPT_UNWATCHED_PIN] = "pin",
};

static_assert(BIT(ARRAY_SIZE(trigger_words)) - 1 == KFD_GPREEMPT_TRIGGER_ALL);
static_assert(BIT(ARRAY_SIZE(policy_words) - 1) ==
	      KFD_GPREEMPT_AUTO_DEACTIVATE);
static_assert(BIT(ARRAY_SIZE(off_words) - 1) == KFD_GPREEMPT_OFF_CUS);

/* ---- sets of words --------------------------------------------------- */

/* All words, those in @chosen in brackets */
static int show_choices(char *buf, const char * const *words,
			unsigned int count, u32 chosen)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < count; i++) {
		len += sysfs_emit_at(buf, len,
				     chosen & BIT(i) ? "%s[%s]" : "%s%s",
				     i ? " " : "", words[i]);
	}
	return len + sysfs_emit_at(buf, len, "\n");
}

static int join(char *buf, size_t size, const char * const *words,
		unsigned int count, u32 set, char separator)
{
	unsigned int i;
	int len = 0;

	buf[0] = '\0';
	for (i = 0; i < count; i++) {
		if (!(set & BIT(i)))
			continue;
		if (len)
			len += scnprintf(buf + len, size - len, "%c",
					 separator);
		len += scnprintf(buf + len, size - len, "%s", words[i]);
	}
	return len;
}

static int find_word(const char *text, size_t len, const char * const *words,
		     unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (strlen(words[i]) == len && !strncmp(words[i], text, len))
			return i;
	}
	return -EINVAL;
}

/*
 * Words separated by blanks, by one separator, or by both; each of them once,
 * and at least one.
 */
static int parse_set(const char *text, const char * const *words,
		     unsigned int count, u32 *set)
{
	u32 result = 0;
	size_t len;
	int i;

	text = skip_spaces(text);
	do {
		len = strcspn(text, SEPARATORS BLANKS);
		i = find_word(text, len, words, count);
		if (i < 0 || result & BIT(i))
			return -EINVAL;
		result |= BIT(i);

		text = skip_spaces(text + len);
		if (*text && strchr(SEPARATORS, *text)) {
			text = skip_spaces(text + 1);
			if (!*text)
				return -EINVAL;
		}
	} while (*text);

	*set = result;
	return 0;
}

/* ---- class ----------------------------------------------------------- */

/**
 * kfd_gpreempt_class_name() - what files call a class
 * @class: the class
 *
 * Return: a word.
 */
const char *kfd_gpreempt_class_name(enum kfd_gpreempt_class class)
{
	return class_words[class];
}

/**
 * kfd_gpreempt_class_show() - contents of a file "class"
 * @buf: the page to fill
 * @class: shown in brackets
 *
 * Return: number of characters.
 */
int kfd_gpreempt_class_show(char *buf, enum kfd_gpreempt_class class)
{
	return show_choices(buf, class_words, ARRAY_SIZE(class_words),
			    BIT(class));
}

/**
 * kfd_gpreempt_class_parse() - read a class
 * @buf: one word, perhaps with a newline
 * @class: result
 *
 * Return: 0, or -EINVAL.
 */
int kfd_gpreempt_class_parse(const char *buf, enum kfd_gpreempt_class *class)
{
	int i = sysfs_match_string(class_words, buf);

	if (i < 0)
		return -EINVAL;
	*class = i;
	return 0;
}

/* ---- triggers and policy --------------------------------------------- */

/**
 * kfd_gpreempt_triggers_show() - contents of the file "triggers"
 * @buf: the page to fill
 * @triggers: set of KFD_GPREEMPT_TRIGGER_*, shown in brackets
 *
 * Return: number of characters.
 */
int kfd_gpreempt_triggers_show(char *buf, u32 triggers)
{
	return show_choices(buf, trigger_words, ARRAY_SIZE(trigger_words),
			    triggers);
}

/**
 * kfd_gpreempt_triggers_show_default() - triggers as they can be written back
 * @buf: the page to fill
 * @triggers: set of KFD_GPREEMPT_TRIGGER_*
 *
 * Return: number of characters.
 */
int kfd_gpreempt_triggers_show_default(char *buf, u32 triggers)
{
	int len = join(buf, PAGE_SIZE, trigger_words,
		       ARRAY_SIZE(trigger_words), triggers, '+');

	return len + sysfs_emit_at(buf, len, "\n");
}

/**
 * kfd_gpreempt_triggers_parse() - read a set of triggers
 * @buf: words joined by '+', ',' or blanks
 * @triggers: result, not empty
 *
 * Return: 0, or -EINVAL for no word, one that is unknown, or one twice.
 */
int kfd_gpreempt_triggers_parse(const char *buf, u32 *triggers)
{
	return parse_set(buf, trigger_words, ARRAY_SIZE(trigger_words),
			 triggers);
}

/**
 * kfd_gpreempt_policy_show() - contents of a file "policy"
 * @buf: the page to fill
 * @policy: set of KFD_GPREEMPT_PREEMPTIBLE and so on, shown in brackets
 *
 * Return: number of characters.
 */
int kfd_gpreempt_policy_show(char *buf, u32 policy)
{
	return show_choices(buf, policy_words, ARRAY_SIZE(policy_words),
			    policy);
}

/**
 * kfd_gpreempt_policy_name() - a queue's policy in a table
 * @policy: set of KFD_GPREEMPT_PREEMPTIBLE and so on
 * @buf: filled with words joined by '+', or "none"
 * @size: of @buf
 *
 * Return: number of characters.
 */
int kfd_gpreempt_policy_name(u32 policy, char *buf, size_t size)
{
	if (!policy)
		return scnprintf(buf, size, "none");
	return join(buf, size, policy_words, ARRAY_SIZE(policy_words), policy,
		    '+');
}

/**
 * kfd_gpreempt_policy_parse() - read a queue's policy
 * @buf: words joined by '+', ',' or blanks, or "none"
 * @policy: result
 *
 * Return: 0, or -EINVAL for no word, one that is unknown, or one twice.
 */
int kfd_gpreempt_policy_parse(const char *buf, u32 *policy)
{
	if (sysfs_streq(buf, "none")) {
		*policy = 0;
		return 0;
	}
	return parse_set(buf, policy_words, ARRAY_SIZE(policy_words), policy);
}

/* ---- states ---------------------------------------------------------- */

/**
 * kfd_gpreempt_queue_state_name() - what a queue is doing
 * @q: a tracked queue
 * @separator: between two words
 * @buf: filled with "active", "inactive" if amdkfd itself has the queue off,
 *	or the reasons for which gpreempt has it off; and "unwatchable:" and
 *	why, if its ring can't be seen
 * @size: of @buf
 *
 * Context: any; the caller keeps the queue from being freed. What the worker
 * changes is off before it is inactive, and active before it is not off.
 *
 * Return: number of characters.
 */
int kfd_gpreempt_queue_state_name(const struct queue *q, char separator,
				  char *buf, size_t size)
{
	u32 off = READ_ONCE(q->gpreempt.off);
	int len;

	if (off)
		len = join(buf, size, off_words, ARRAY_SIZE(off_words), off,
			   separator);
	else
		len = scnprintf(buf, size, "%s",
				READ_ONCE(q->properties.is_active) ?
				"active" : "inactive");

	if (q->gpreempt.unwatched != KFD_GPREEMPT_WATCHED)
		len += scnprintf(buf + len, size - len, "%cunwatchable:%s",
				 separator,
				 unwatched_words[q->gpreempt.unwatched]);
	return len;
}

/**
 * kfd_gpreempt_exit_name() - what the file "state" calls an exit reason
 * @exit: the reason
 *
 * Return: a word, or an empty string for KFD_GPREEMPT_EXIT_NONE.
 */
const char *kfd_gpreempt_exit_name(enum kfd_gpreempt_exit exit)
{
	switch (exit) {
	case KFD_GPREEMPT_EXIT_HWS_HANG:
		return "hws-hang";
	case KFD_GPREEMPT_EXIT_MAP_FAILED:
		return "map-failed";
	case KFD_GPREEMPT_EXIT_NONE:
		break;
	}
	return "";
}

/**
 * kfd_gpreempt_state_name() - what the file "state" says
 * @gp: the scheduler
 * @buf: filled with "off", "idle", "preempted", "held", or "error:" and the
 *	exit reason
 * @size: of @buf
 *
 * Context: any; takes &kfd_gpreempt.lock.
 *
 * Return: number of characters.
 */
int kfd_gpreempt_state_name(struct kfd_gpreempt *gp, char *buf, size_t size)
{
	enum kfd_gpreempt_exit exit;
	bool enabled, held;
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	enabled = gp->power.enabled;
	held = gp->hold.held;
	exit = gp->power.exit;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (held)
		return scnprintf(buf, size, "preempted");
	if (READ_ONCE(gp->count.by_hand))
		return scnprintf(buf, size, "held");
	if (enabled)
		return scnprintf(buf, size, "idle");
	if (exit != KFD_GPREEMPT_EXIT_NONE)
		return scnprintf(buf, size, "error:%s",
				 kfd_gpreempt_exit_name(exit));
	return scnprintf(buf, size, "off");
}

/**
 * kfd_gpreempt_way_parse() - read how an HQD is to be taken from its queue
 * @word: "save", "drain" or "reset", perhaps with a newline
 * @way: result
 *
 * Return: 0, or -EINVAL.
 */
int kfd_gpreempt_way_parse(const char *word, enum kfd_gpreempt_way *way)
{
	int i = sysfs_match_string(way_words, word);

	if (i < 0)
		return -EINVAL;
	*way = i + 1;
	return 0;
}
