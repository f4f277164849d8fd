import { type BlockArena, NO_BLOCK } from './block-arena.ts'
import type { FileTable } from './file-table.ts'

/**
 * Gives memory back to the budget, down to as many bytes as asked for or as are in use. Free blocks are scattered over
 * chunks that are in use, so what is left in the emptiest of them moves together.
 */
export function shrinkArena(arena: BlockArena, files: FileTable, keepBytes: number): void {
  arena.shrink(keepBytes)
  if (arena.bytes <= keepBytes) return
  arena.condemn(keepBytes)
  for (let file = 0; file < files.size; file++) {
    if (files.isOpen[file] === 1) evacuateChain(arena, files, file)
  }
  arena.demolish()
}

function evacuateChain(arena: BlockArena, files: FileTable, file: number): void {
  let previous = NO_BLOCK
  for (let block = files.firstBlock[file] as number; block !== NO_BLOCK; block = arena.next(previous)) {
    const moved = arena.evacuate(block)
    if (moved !== block) {
      if (previous === NO_BLOCK) files.firstBlock[file] = moved
      else arena.link(previous, moved)
      if (files.lastBlock[file] === block) files.lastBlock[file] = moved
    }
    previous = moved
  }
}
