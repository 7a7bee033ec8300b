// Package report says how a run went: one line a case, a failure told from its cause to
// the command that shows it again, counts, an exit status, and the same as JSON and JUnit.
package report
