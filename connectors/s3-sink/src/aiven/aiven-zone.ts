import { rule, timeZone } from '@spillway/api'

/** A zone as Java's `ZoneId` names it. @throws {RangeError} */
export function aivenZone(id: string): ReturnType<typeof timeZone> {
  if (id === 'Z') return timeZone('UTC')
  const offset = /^(?:UTC|GMT|UT)([+-].+)$/.exec(id)
  return timeZone(offset?.[1] ?? id)
}

export const zoneId = rule('a time zone: Z, an offset, or an id such as Europe/Berlin', (value) => {
  try {
    aivenZone(value as string)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
})
