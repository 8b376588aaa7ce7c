/** @file What the MovieLens datasets have in common: how films are written down. */

import type { Attributes, Item } from '../../store/records.ts'

/** Harper and Konstan 2015, asked for by the licence of every MovieLens dataset. */
export const MOVIELENS_CITATION =
  'F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ' +
  'ACM Transactions on Interactive Intelligent Systems 5, 4, Article 19. https://doi.org/10.1145/2827872'

/** Articles that MovieLens moves behind the title: "Postino, Il (The Postman) (1994)". */
const MOVED_ARTICLE = /^(.+?), (The|A|An|La|Le|Les|L'|Il|Lo|Gli|El|Los|Las|Das|Der|Die|Un|Una|Une)(?= \(|$)/

/**
 * A film as an item: genres become tags, the first one the category, the year in the title an attribute. When the
 * film was made says nothing about when it came to the service, so the creation time stays unknown.
 *
 * @param title as in the file, with the year in brackets at its end
 * @param genres separated by bars
 */
export function film(
  id: string,
  title: string,
  genres: string,
): Pick<Item, 'id' | 'title' | 'tags' | 'attributes'> {
  const tags = genres.split('|').filter((genre) => genre !== '' && genre !== '(no genres listed)')
  const attributes: Attributes = {}
  const year = /\((\d{4})(?:[–-]\d{0,4})?\)\s*$/.exec(title)?.[1]
  if (year) attributes.year = Number(year)
  if (tags[0]) attributes.category = tags[0]
  const named = title
    .trim()
    .replace(MOVED_ARTICLE, (_, rest, article) =>
      article.endsWith("'") ? `${article}${rest}` : `${article} ${rest}`,
    )
  return { id, title: named, tags, attributes }
}
