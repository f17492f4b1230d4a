/* placeholder so that the room builds before its first file lands. */
typedef int pc_layout_room_is_empty;
