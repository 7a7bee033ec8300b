// Package sadbtest is what every SA database driver must do, as one test suite: Run is called by the
// tests of each driver.
package sadbtest

import (
	"testing"

	"ikewit/impl/sadb"
)

// Options say what a driver cannot know by its nature; the zero value asks for everything.
type Options struct {
	Unordered   bool // SAs and policies come in any order
	NoLifetimes bool // limits of time are not kept
	Many        int  // SAs in the test of many; 0: 10,000
	Whole       bool // limits of time are kept in whole seconds
}

// Run runs the suite. open gives an empty database, which the suite closes.
func Run(t *testing.T, open func(t *testing.T) sadb.Driver, o Options) {
	s := &suite{open: open, Options: o}
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"AddGetDelete", s.addGetDelete},
		{"KeysOfEveryAlgorithm", s.everyAlgorithm},
		{"FieldsRoundTrip", s.fields},
		{"AddRefusesDuplicate", s.duplicate},
		{"IdentityIsSPIDestinationProtocol", s.identity},
		{"KeepsItsOwnKeys", s.ownKeys},
		{"DumpInOrder", s.dump},
		{"Update", s.update},
		{"FlushByProtocol", s.flush},
		{"RefusesNonsense", s.nonsense},
		{"WhatFailsChangesNothing", s.unchanged},
		{"Policies", s.policies},
		{"PolicyOrder", s.policyOrder},
		{"PolicyReplaced", s.policyReplaced},
		{"RefusesNonsensePolicies", s.policyNonsense},
		{"SoftThenHardExpire", s.lifetimes},
		{"HardHidesSoft", s.hardOnly},
		{"SlowReaderLosesNoEvent", s.slowReader},
		{"Concurrency", s.concurrency},
		{"Many", s.many},
		{"AfterClose", s.closed},
	} {
		t.Run(test.name, test.run)
	}
}

type suite struct {
	open func(t *testing.T) sadb.Driver
	Options
}

// start opens a database for one test.
func (s *suite) start(t *testing.T) sadb.Driver {
	t.Helper()
	d := s.open(t)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}
