package none

import (
	"testing"

	"ikewit/impl/sadb"
	"ikewit/impl/sadb/sadbtest"
)

func TestDriver(t *testing.T) {
	sadbtest.Run(t, func(*testing.T) sadb.Driver { return New(nil) }, sadbtest.Options{})
}
