package event

import "github.com/projsql/projsql/storage/hlc"

// Entry is one committed entry of the Raft log. Command is what AppendCommand
// wrote, and is shared: nobody changes it.
type Entry struct {
	Index, Term uint64
	Command     []byte
}

// Command is the content of one Raft entry. Its encoding is versioned; see
// AppendCommand and DecodeCommand.
type Command struct {
	// Stamp is the leader's proposal for the first event's HLC. Apply ratifies it:
	// each event gets max(proposed, last + 1).
	Stamp        hlc.Timestamp
	Transactions []Transaction
	Changes      []Change
}

// Result is what applying one Command gave, one item for each of its parts.
type Result struct {
	Transactions []TransactionResult
	Changes      []ChangeResult
	// Frontier of the log after the command.
	Sequence Sequence
	HLC      hlc.Timestamp
}

// TransactionResult is the receipts of a transaction's drafts and the records of its changes, in their
// order, or why it was refused (*ConflictError, *PremiseError, *GuardError,
// *DuplicateIDError, *KnownIDError, *RecordError); never both.
type TransactionResult struct {
	Receipts []Receipt
	Changes  []ChangeResult
	Err      error
}

// ChangeResult is the record as it was put, or why the change was refused. Of a record that was
// deleted it has no Value. Value is the entry's, and shared.
type ChangeResult struct {
	Record Record
	Err    error
}
