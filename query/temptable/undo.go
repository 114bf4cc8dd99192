package temptable

// undo goes back over one change.
type undo struct {
	back  func()
	shape bool // the change was one that plans notice
}

// Mark is the point that Rollback goes back to.
func (t *Tables) Mark() int { return len(t.undo) }

// Rollback undoes what was done since a mark.
func (t *Tables) Rollback(mark int) {
	for i := len(t.undo) - 1; i >= mark; i-- {
		t.undo[i].back()
		if t.undo[i].shape {
			t.shapes++
		}
	}
	clear(t.undo[mark:])
	t.undo = t.undo[:mark]
	t.by++
}

// Commit forgets how to go back, and empties or drops the tables that are to be.
func (t *Tables) Commit() {
	if t.None() && len(t.undo) == 0 {
		return // as of most sessions
	}
	for _, table := range t.All() {
		switch table.OnCommit {
		case DeleteRows:
			table.version, table.places = &Version{}, 0
		case Drop:
			t.dropOwned(table)
			t.Drop(table)
		}
	}
	if len(t.undo) > 0 {
		t.settle()
	}
	clear(t.undo)
	t.undo = t.undo[:0]
	t.by++
}

// dropOwned drops the sequences of a table's columns.
func (t *Tables) dropOwned(table *Table) {
	for _, s := range t.Sequences() {
		if s.Owner == table.OID {
			t.Drop(s)
		}
	}
}
