/* placeholder so that the room builds before its first file lands. */
typedef int pc_platform_room_is_empty;
