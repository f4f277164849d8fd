/** Keys of the store that change neither which file a record goes to nor what it holds nor how it is named. */
export const KEYS_WITHOUT_EFFECT: readonly RegExp[] = [
  /^s3\.(part|retry|http|proxy|elastic|credentials|send|compression\.level|path|wan|region|sse|acl|object|validate|storage|metadata|checksum)/,
  /^store\.url$/,
  /^aws\./,
  // Aiven's flush.size.
  /^file\.max\.records$/,
]
