package secret

import (
	"errors"
	"io/fs"
)

// Permit says whether the file that secrets are read from is safe enough. info is of the opened
// file, so that what is judged is what is read. An error refuses it; a warning does not.
//
// Refused: what is no regular file; what group or others may write. Warned of: what others may read.
func Permit(info fs.FileInfo) (warning string, err error) {
	mode := info.Mode()
	switch {
	case mode&fs.ModeSymlink != 0:
		return "", errors.New("refused: it is a symbolic link")
	case !mode.IsRegular():
		return "", errors.New("refused: it is not a regular file")
	case mode.Perm()&0o022 != 0:
		return "", errors.New("refused: group or others may write it; chmod go-w")
	case mode.Perm()&0o004 != 0:
		return "others may read it; chmod o-r", nil
	}
	return "", nil
}
