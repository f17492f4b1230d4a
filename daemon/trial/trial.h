/* trial/trial.h - `pagecastd --try-plugin`: is a plugin fit to run? `pagecast plugin test` is how people call it.
 *
 * The plugin runs in a child process, with the daemon's own host, in a folder of shared memory of its own; its timers do not
 * wait. The parent looks on through a record in memory that both have (record.h): what crashes or hangs is a finding that names the
 * last host call, and the trial goes on behind it. docs/plugin-guide.md says what is looked at.                      */
#ifndef PCD_TRIAL_H
#define PCD_TRIAL_H

#define PCD_TRIAL_SETS_MAX 64u
#define PCD_TRIAL_ROUNDS   1000u

/** From the command line; borrowed. Zero it to start. */
typedef struct pcd_trial_options {
	const char *file;   /* the plugin */
	const char *config; /* its regions, and its block's options, are the plugin's; NULL: none */
	const char *sets[PCD_TRIAL_SETS_MAX + 1]; /* "key=value" */
	unsigned set_count, rounds;
	const char *record; /* of the parent: this is its child, */
	unsigned from;      /* which begins with this step */
	int is_verbose;     /* the log of the plugin is shown */
} pcd_trial_options;

/** Try it, print what was found. @return enum pcd_exit: fine, something found, or wrong usage. [main thread] */
int pcd_trial_run(const pcd_trial_options *options);
/** What the parent starts. */
int pcd_trial_child(const pcd_trial_options *options);

#endif
