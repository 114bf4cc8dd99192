package exec

// hashSlots lead to numbers by hashes, with linear probing. Their length is a power of two.
type hashSlots []hashSlot

// hashSlot has a number + 1; 0: it is free. The tag says where the slot is looked for, and, by
// the bits that do not, that others' keys differ.
type hashSlot struct {
	tag    uint32
	number int32
}

const hashSlotBytes = 8

func newHashSlots() hashSlots { return make(hashSlots, hashSlotsLeast) }

// hashSlotsLeast is how many slots an empty table has.
const hashSlotsLeast = 64

// grown returns twice as many.
func (s hashSlots) grown() hashSlots {
	made := make(hashSlots, 2*len(s))
	mask := uint32(len(made) - 1)
	for _, slot := range s {
		if slot.number == 0 {
			continue
		}
		i := slot.tag & mask
		for made[i].number != 0 {
			i = (i + 1) & mask
		}
		made[i] = slot
	}
	return made
}

// first is the number that most likely is that of a tag; -1: it has none.
func (s hashSlots) first(tag uint32) int32 {
	if slot := s[tag&uint32(len(s)-1)]; slot.tag == tag {
		return slot.number - 1
	}
	return -1
}
